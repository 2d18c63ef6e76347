/**
 * The accounts of the well-known development phrase, written down: to derive those that a devnet starts with takes longer
 * than the rest of its genesis. `test/devnet/devAccounts.test.ts` derives them.
 */
import type { Scheme } from '../chain/index.ts';
import type { Account } from '../consensus/interface/index.ts';

/** By scheme and path below the phrase. */
export const DEV_ACCOUNTS: Readonly<Partial<Record<Scheme, Readonly<Partial<Record<string, Account>>>>>> = {
  /** The people of a devnet that names no other number, and the dev authority. */
  sr25519: {
    '//Alice': '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
    '//Bob': '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
    '//Charlie': '0x90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
    '//Dave': '0x306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20',
    '//Eve': '0xe659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e',
    '//Ferdie': '0x1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c',
    '//Dev7': '0x3801d86f89018e3e2157ffd7a616faf9bcdbdb9c69e0f6631186540e14952b27',
    '//Dev8': '0x5c8404c563526b219db923715af3a10d74bc9c27aafe6853c0cb4483f514cd47',
    '//Dev9': '0x3adf6dbda8a59d53efa7d16a8949d7794c23372f3f689ffebd62ebe0317aa322',
    '//Dev10': '0x4057e6cf0ec945e0327f5ec2720f1f21f2b3a171ad74f866c173beda976de20f',
    '//Devnet//Authority': '0x269b352e03ff07ddebe5e6ed43befe37233f34b84826372b31ba8abe7ee1c243',
  },
  /** As many validators as a genesis may have. */
  ed25519: {
    '//Validator//0': '0x99dc3b204395a338b0a98a87948431a01060a2d8c9dbfbaab9913b64d12efe4e',
    '//Validator//1': '0x985448fdda7bc9ae7d8c3821320049cdb7db882bf81c0a1add87bb24b5bbbf41',
    '//Validator//2': '0x3020023d4990543949bbc570350b8e23c084cf8cdbd6cf1c6602a0ec76eb3857',
    '//Validator//3': '0x53fcb752152e6f0c73e432de6faf943c3b4c81fab0081327fe12b28587dc1d79',
    '//Validator//4': '0x25cce7c89099181ea6a5c0f1a679bf63bf5c2bd85afe36e6ba3cc9c4b967c2ff',
    '//Validator//5': '0xb05165d13d770e4267222569348aa97674b657dbef16f6602407c1070a60e153',
    '//Validator//6': '0x31f2886d62beec67a77bb8943171139c87c613038c026ec1129ea94dfab0d1ad',
    '//Validator//7': '0xadd22883c4a4e6dda373bdc1a67d17f548a4450eee15e34b4f29f550635a7957',
    '//Validator//8': '0x2af014a8f4bd80eae240832cf043ae4db8652ab4a8b50cc4a8b2e2970cb31054',
    '//Validator//9': '0x0303e708a74e1d8c609927f2c241adfb3dce985bec4202ed51b1e88aa5f9d5f6',
    '//Validator//10': '0xbce0d44c6027e5e758e7a9451939305c565891f2e2ea8fa965d166ee10bc0768',
    '//Validator//11': '0x249a9d3aedfce74d391a237eca22c186526edbbe7b94f5ecf3ebb7861fddb511',
    '//Validator//12': '0x10b0e36d8a9e9d61b0a03ce51427efff952c865987f9ebb9d8ed1a69b0682c54',
    '//Validator//13': '0xca140857642761b9e3246f55814fce2abcd32f0ee46d979b1a3d8a1cc316a09b',
    '//Validator//14': '0x3fcafde219cafc1640117e71a562453c99117ce34392cf6013fa3292a94b8fbf',
    '//Validator//15': '0x841b7989604baf63b681fbbc17fec04393cbf6d0d03ab3e04503bf62c757a5f9',
    '//Validator//16': '0xd97c03d9f637adccab4cb87b845925e58cb336c0a6ceefe329ba1a9256c1941f',
    '//Validator//17': '0x363eedb42467071f456bafb8159d1fd10933784f25445e66c40738d3405a9970',
    '//Validator//18': '0x93e65a4a42c8553ba5e7055ccf7f96545fed2b18fad0c9a6628279eec6c11576',
    '//Validator//19': '0x5793abf725207c5d37348481f56818a668064460b734fc6d6defa7249ffe4586',
    '//Validator//20': '0xdff40db23b9ff8a50ed8ef27a8051d1ce0d1798ab8c096596aab5c642d7865e5',
    '//Validator//21': '0x0e4935fdd2506d7e2866274f46dd059cc0b4db53ace7ab3d0220a66667030954',
    '//Validator//22': '0xdb513cbe18ee53f6c926305d06e8fcb3b22fd3cb6a5f726d7df4bafe1f1bafb6',
    '//Validator//23': '0x8d7aec471578a6a08d98a9a6fc12de5cabab214aeedcf4ae71367d9228771bdf',
    '//Validator//24': '0x2d988f8ba417b0fedeb76a9fdba014c9ac4796597078db56ba2a060e680b8873',
  },
};
