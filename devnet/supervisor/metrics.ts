/**
 * One Prometheus page out of the pages of several nodes: every sample gets a label `node`, and each metric is described
 * once, as the format demands.
 */
export function mergeMetrics(pages: readonly { readonly index: number; readonly text: string }[]): string {
  const metrics = new Map<string, { readonly description: Set<string>; readonly samples: string[] }>();
  for (const { index, text } of pages) {
    let current = '';
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const described = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (described !== undefined) current = described;
      const metric = metrics.get(current) ?? { description: new Set(), samples: [] };
      metrics.set(current, metric);
      if (line.startsWith('#')) metric.description.add(line);
      else metric.samples.push(labelled(line, index));
    }
  }
  return [...metrics.values()]
    .flatMap(({ description, samples }) => [...description, ...samples, ''])
    .join('\n');
}

/** `name{a="b"} 1` becomes `name{node="0",a="b"} 1`. */
function labelled(sample: string, node: number): string {
  const brace = sample.indexOf('{');
  const space = sample.indexOf(' ');
  if (brace >= 0 && brace < space)
    return `${sample.slice(0, brace + 1)}node="${node}",${sample.slice(brace + 1)}`;
  return `${sample.slice(0, space)}{node="${node}"}${sample.slice(space)}`;
}
