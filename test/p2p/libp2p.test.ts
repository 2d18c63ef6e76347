import { libp2pBed } from './bed.ts';
import { networkSuite } from './suite.ts';

networkSuite('network over libp2p', libp2pBed);
