import type { GlobalOptions } from '../context.ts';
import { CliError } from '../errors.ts';
import type { Answer } from '../output.ts';
import type { NodeStatus } from '../supervisor/control.ts';
import { readRunFile } from '../supervisor/runFile.ts';

/** Asks the supervisor of a directory to kill or restart one of its nodes. */
export async function controlNode(
  { dir }: GlobalOptions,
  action: 'kill' | 'restart',
  node: number,
): Promise<Answer> {
  const { rpc } = readRunFile(dir);
  const method = action === 'kill' ? 'dev_nodeKill' : 'dev_nodeRestart';
  const response = await fetch(rpc, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { node } }),
  });
  const reply = (await response.json()) as {
    result?: NodeStatus;
    error?: { message: string; data?: { name?: string; hint?: string } };
  };
  if (reply.result === undefined)
    throw new CliError(
      reply.error?.data?.name ?? 'NODE_CONTROL',
      reply.error?.message ?? 'no answer',
      reply.error?.data?.hint ?? '',
    );
  return { value: reply.result, text: `node ${node} is ${reply.result.state}` };
}
