/** Runs examples one after another in one process: play.ts <rpc> <name> ... */
import { END } from './end.ts';

for (const name of process.argv.slice(3)) {
  console.log(END);
  await import(`../../examples/${name}/run.ts`);
}
