import { Blocks } from '../parts/Blocks.tsx';
import { Clock } from '../parts/Clock.tsx';
import { Nodes } from '../parts/Nodes.tsx';

export const Overview = () => (
  <div class="grid">
    <Clock />
    <Nodes />
    <Blocks />
  </div>
);
