/** A router: `upper` costs its callers a thousandth of a token, and one of its replicas answers. */
import { createReplicaSet, defineModule } from '../../module/index.ts';

const replicas = createReplicaSet();

export default defineModule({
  alias: 'upper-router',
  description: 'Capital letters, as long as one replica lives',
  functions: { upper: replicas.serve({ price: 1_000_000n }) },
});

export { replicas };
