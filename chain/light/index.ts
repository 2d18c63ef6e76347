export { LightBlock } from './format.ts';
export {
  isOverlap,
  type LightOptions,
  MAX_LIGHT_DRIFT,
  type Trusted,
  trustedOf,
  verifyAdjacent,
  verifyLight,
  verifySkipping,
} from './verify.ts';
