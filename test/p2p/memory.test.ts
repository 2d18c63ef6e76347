import { memoryBed } from './bed.ts';
import { networkSuite } from './suite.ts';

networkSuite('network in memory', memoryBed);
