/* SPDX-License-Identifier: MIT */
/* Signatures by keys of every type. The keys are those of libp2p/specs peer-ids/peer-ids.md
 * (7740c07), "Test vectors", where their private halves are too; with those the message "libp2p"
 * was signed by Python's cryptography (OpenSSL) and integers. */
#ifndef GHM_VECTOR_VERIFY_H
#define GHM_VECTOR_VERIFY_H

#define VERIFY_MESSAGE "libp2p"

#define VERIFY_RSA_KEY                                                                             \
    "080012a60430820222300d06092a864886f70d01010105000382020f003082020a0282020100e1beab071d08"     \
    "200bde24eef00d049449b07770ff9910257b2d7d5dda242ce8f0e2f12e1af4b32d9efd2c090f66b0f29986db"     \
    "b645dae9880089704a94e5066d594162ae6ee8892e6ec70701db0a6c445c04778eb3de1293aa1a23c3825b85"     \
    "c6620a2bc3f82f9b0c309bc0ab3aeb1873282bebd3da03c33e76c21e9beb172fd44c9e43be32e2c99827033c"     \
    "f8d0f0c606f4579326c930eb4e854395ad941256542c793902185153c474bed109d6ff5141ebf9cd256cf588"     \
    "93a37f83729f97e7cb435ec679d2e33901d27bb35aa0d7e20561da08885ef0abbf8e2fb48d6a5487047a9ecb"     \
    "1ad41fa7ed84f6e3e8ecd5d98b3982d2a901b4454991766da295ab78822add5612a2df83bcee814cf50973e8"     \
    "0d7ef38111b1bd87da2ae92438a2c8cbcc70b31ee319939a3b9c761dbc13b5c086d6b64bf7ae7dacc1462237"     \
    "5d92a8ff9af7eb962162bbddebf90acb32adb5e4e4029f1c96019949ecfbfeffd7ac1e3fbcc6b6168c34be3d"     \
    "5a2e5999fcbb39bba7adbca78eab09b9bc39f7fa4b93411f4cc175e70c0a083e96bfaefb04a9580b4753c173"     \
    "8a6a760ae1afd851a1a4bdad231cf56e9284d832483df215a46c1c21bdf0c6cfe951c18f1ee4078c79c13d63"     \
    "edb6e14feaeffabc90ad317e4875fe648101b0864097e998f0ca3025ef9638cd2b0caecd3770ab54a1d9c6ca"     \
    "959b0f5dcbc90caeefc4135baca6fd475224269bbe1b0203010001"

#define VERIFY_ED25519_KEY                                                                         \
    "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"

#define VERIFY_SECP256K1_KEY                                                                       \
    "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99"

#define VERIFY_ECDSA_KEY                                                                           \
    "0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0e8f5d530899d"     \
    "83abab44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47c646a597fb4dcec0"     \
    "34e9f77c409e62"

#define VERIFY_RSA                                                                                 \
    "e0dae6c389fd081f167a3bf9efa87567b914837e9d3d5033c24a09d1fb2ada09ebd6c7157a3549adbf227534"     \
    "7fa9b8e2dbad72bdd21952c1ec40c2d8b235f1a38acc7fb77aa5d09bddb397027c60d5a9eb46efc4d03d1d11"     \
    "47992db342974dd9cd022952055735e69a10d50515660a19330b05730e9b6d69ec68fc384013d9751fb65e74"     \
    "2566617ec72fe2864ddf17f28de8c2258f250d58b8f817762988f8c800958d3eb8d67f2c708d6f097ff0eb7c"     \
    "42b9c2809553b1e0f3af557db929c6bc44a143e8aeaf2ac627e2d9e5a576d155f42c4f20cfbb3806209507f3"     \
    "dc91fe0f092d6e655e35a821b8f96dda1b6b1e8e8f9e978119c223bfcd67e55609effd1f6913f80b2c3559e0"     \
    "55c6d6ae56e345429e1738fade0bb3d0a59ae4a3ec8fd8dce29d71a1c7562c2d175533a64f8d104875f37ac6"     \
    "f9edb2fdd7187e9995a3032151516c9ae5baee9aaee2dfde236a373562bcaf782f2a4a923794e592c25eb993"     \
    "b18df05039cedad20b85c1a7e8cbb43a126d465d33aaf7cf02290669d6dafd57bb3725a08a3a7b90d1728651"     \
    "0abbd9f8ff7bb9c559e10a9a7768545f2e07dff6f21b48651d7da9b627c0f4f0bac548f3aca0842b404e449e"     \
    "3237a261138e0277ca4def4d1e181abf23eef31a11d0ba3250272bb5823dc7dceb57575702f52c940a18855f"     \
    "160601b00d04b032ebc282c1b016daeff9fc1b579046a3419bd1373b"

/* right in another padding, or with another hash */
#define VERIFY_RSA_PSS                                                                             \
    "d7a8fe36a52f28ad27e8b2a09d4fd8850db50546ce53ec5e4539d245278354c09850391ccbd279f6d8365443"     \
    "44dffffddf7ccbfb719bca95f57116b3eba816f5112b0451af9c6ce6c36aef648e51591fbacf479a6cc16674"     \
    "3194d8ee9adf7f7b076b514d12d25887888e984aef16958e4ce3922b8a4ecae2a6b9120b227adfdbb50e3b81"     \
    "23dc6d5fc6824a28928aee355875faf4870cc97727a98878cf0eb466672c46f6563ba999b0c4ebf538bd4d01"     \
    "d7decb8d4fe87ec5352992d43154bef3f6dcd73739b9a5299e451be16947bfae7c8b2560fb648d4ccd538a65"     \
    "3c3c05804a5ebbf3b38f5d262de240b36d0dbaf305de84146e636feb2873c47bd434b032fe4c065ccdf9c572"     \
    "75094153a39da73ebee126ea3bf69f2f0fde781ac81dfa240b7fd75bfaf54d1cae6dbd229e3f50bd71b2a415"     \
    "a9b3d0643c29e01dd9d6bf6383490015487db45d372b4cfa228b8aa932514d7a5e0bbc3bad933d502f0d5d22"     \
    "1881e5a499005f390456e07df1dfd61be8c92ad9596df4935baec3ed96f6c453816a3cb951fbc8ce29350a94"     \
    "c0f1a060a1c6551f86ed46ec01bb9483d758a8d335fdd17947d14f7c61ffbe3edbfe9bc83defa8a8d06049d3"     \
    "d3c5debbbf621bfbf4edeb6a25617b824f998794a4fb33d8f2f3563bc281127a8f2a72e8191777e9cdc8f61e"     \
    "457b0b901a2cb3f7838ee762ab5b14358a325ac95513b3c8bb674f0a"

#define VERIFY_RSA_SHA512                                                                          \
    "5636004e8ff4150c49015e2afefe5b2e4a8592e3c9785c9f1cb512b5101b15dee8622a8932d2d81a86f2ccfe"     \
    "b16db1b8e45b65f4837bb18bbc10772a53264ac9ac89a04f659311946a8d421ce8d0548ec662e6e4537133d0"     \
    "6f3a1420915f3287182463d13068e6afa2af43ff892b773c61c45c76f6d9787adec59e74b3b2711a44b72adf"     \
    "aa959c05e702f0a5594ddbd4deeff4d171e381b77f346664fae650d4ac4d043ba12eeb0f426105e7371b4857"     \
    "726d6a5d9c6e87b5e63aabba247591e04a64e641f3e5a6dd764a3571dafd789a66d52f66d263acbb29e3ab9e"     \
    "9550acfbf06f7babf2bc275f09c68b58f24964913cc40bb09095fc307e98202ec114690d65bc785e22f8977d"     \
    "367d03ef8b1167febfbbb27d8047c51e3bce6b5ee645d2fc3a01498177de53096e7d0630d9a0730c86b26348"     \
    "d8c1574773a00f50333caedefe1e976de68553fa308434ec4e8238aad189236e1f5b7135c8fd9df5ecabac02"     \
    "cf6a63cae9349fdbf1460665b712ce73407c30508058466223fa0261ad52843a3a735b37d326612e619b8a08"     \
    "e8f6234891ea48fa1651a029b0a5945802f431d4b65b951e83729948bb2f17192b89fb546f03321089ca4de6"     \
    "543c75fce87a2e783c491b7d42fc8c0631f4c538d324ec8abd73e7986a171ce5ef82705a1a341397fcf515a3"     \
    "7f7b32d291f79e00d1c838649bcb953276d46e4d1c567259e96214fb"

/* right digest, eight bytes of padding, garbage behind: what a lax parser takes (CVE-2006-4339) */
#define VERIFY_RSA_GARBAGE                                                                         \
    "4fba689956b7fe87e616714c0efd577f302f8069ac9417fcfdb3ed94004b369f2c2ae0451be43b76a7181a61"     \
    "0bcdf6e4c37f559fea402180280d9496faa193af7c60e3385c4ce4e1145dc4daa0524922cfeebf13315086b5"     \
    "81b23afa905cc1f93cc125e46a5397b72e8f5bf46b1942a589b36d1a50099a4cb6385cc2d98316ae81b7b7a6"     \
    "ebde3b748353a73a9fdb5f58cbd1ee1bd0d149d8149ba3466388ddd42fe230dde43fecd05b13b7c6ad94758c"     \
    "4555502ae448bc67144f95d7f68647ec43db1c02fa293b429de46d0633e6626d13b6cd652a4a9df78bed45ba"     \
    "4ce5d04350fdd243ac1d29bfbf4feeb040629d30e222ea62f49df003f39a9fb7891b593eece4d26a716cfaba"     \
    "482a229b12ee78d2ceaef55a0f8eb44c9860566ab266729d3b86e5f08d5b14a4d3ab160a5901c1e83859a389"     \
    "bab7e644099384671e8f881718cfef30955f73611bb89243c95d9de4f57cb93b92ba5cd09c89cc87ebe103e6"     \
    "e6c86ad6b58c5f67f823e82de05fca1056bc1814147cd29c1b41dce2a80062f5c8c20c49f8a998c8ab49c4c5"     \
    "7b2ab41edc17f6c6f36557464d20ea19feda2f5a3c8f61da21fbe3e45c5fb84221eeba72eee2227f5bf44647"     \
    "2f7328f884772811a54bf8bd7efb16483d092ecb6394f38379da5536f99a3618baa55a8d82bb4ca20dcf3dab"     \
    "8a2ed0cb39bd87f0468028b5d77a0d6f324d80927611e44cb5cb6413"

/* a byte less of padding, one behind the digest */
#define VERIFY_RSA_SHORT_PADDING                                                                   \
    "d816cec54bdbb3c6ad496fcef51a743f540915049c2aa0025387aa3aaa987fb593eac1d7c911621232b2ba98"     \
    "6a00de13edad576435640dc382f68f565300f4c8360bc0f5a2dce5243c497acaa4b0212c5e49b3639e03b622"     \
    "edd91cd9c9f20fb00d7ff4458d656b0f1861b046171102d236c59f2cabf0d789b4eb8cd85b6cf0aabe3e2ec8"     \
    "ce29c5f2850d9ed8a606bee600b995fec71f33fc10e7ad5864db052386ef58e38e1c2ad935a935003d2fcf77"     \
    "49b94dff2bf34fc7d95cd5a9ff0f6571ee2368b135c7ae4bf7207ebc47beb9f1443f68ba817f2a971c9aef34"     \
    "2dad6a5616e5f318dd1861f27af3388410fd68fda74a57966b7e1aa4670931e72904e5d006d20c43e74ab543"     \
    "cde2abb07e54e7c751d12fc8ce7aaabbe1ba41ac561ee4d43341660a92395826503459e9152396fadbfbe5b0"     \
    "2d931e477d40796dac75fc52e85521959f93421fbaade6b491f051e5d39d7e5dbd14a64537581806265994cb"     \
    "cb2a7ee17137a5926a9152e7883d95485fe47b37fd02c6a682f828202d33ed933f7e7681bcac3c5a33981653"     \
    "293edf7f3987977d053cd2469548c69a5b29150b992094729768c32430b2af255cdc09393704192b39e569a8"     \
    "972810ecda106606a99257a4caa895f1d4b9843fa33ea7913cdaae446c5d34e331d581f3cee33bbd85d30b81"     \
    "d5e5387ebe8100a9dfc66d2d47065b3c6a7b60c1dcfbc313b399ec6d"

/* padding of encryption */
#define VERIFY_RSA_TYPE_2                                                                          \
    "ce78da1194152de5b8b57ce956c12cd95efec0505fd83fc7a6f36d193cb869007a80a4a6d37531b0af27a090"     \
    "f9bb454ae626d005adfd8525491ebaedaa21c9524674a9acc3d72301e86aa269a8a01d237e47767c5551f74c"     \
    "a6a9a50684617d5241e566379003904b0dd6d2c7886de06ade5404e7536bd118daaa8135e355f82317b09abd"     \
    "a137233c1f313f06a072be12ecbe32602ac45c5216daa019ca16f5812e7b709fe6cd11254ad419af1c56c9dd"     \
    "f3afa09929623ab916d247c822ad3ae208efcec6ec61c1d5db4a28e8f919b80dd160f88dff215f819c60e567"     \
    "e31731e4e8cce0cc30f5c5e3c109bf060dd0be8a856f3e552e208d1ef5b317dda019f26223576337902f31ad"     \
    "4c21ba52c65251e711372114ced314e278dbd68979fdb4d0ed35d115c8cecdd993b61bbb90ad73e0b48d8bdf"     \
    "2ff8e9d2f3e16b4cfe12be7e75a68211c549d89b5704d062e7475d51310c0c4fbda6db43b050f17eb58f5c9a"     \
    "2fcc51d49dbff4c8e0c407506303f34cebac651a1b834ba1b99f321ffdaddce82d70e56c462cd04c5ecc7e99"     \
    "4283883db01fbc568b9165516d82020345af003b2f4df00d41c9de9521e99ab3406c2211aaf2c86e8d616468"     \
    "ea90db60f401085f7d5660c767dcf9b077e302f1bd8e5b4c11ac602d6068e379f3e9549c85121d0e6c7fc6a4"     \
    "8f6d5a273c9d3e928110e07c3066ff119fc5f0e65cef86a10c22d1de"

#define VERIFY_ED25519                                                                             \
    "4ca0bc70e79622eaec28ea3f707909fae2d1e7102fec1f49de10feaaa4ddfc35352caecba9360da297196840"     \
    "d59ac7f9d2afcbed787ed5648b654a63534fe20d"

/* s below and above half of the order */
#define VERIFY_ECDSA                                                                               \
    "30440220315f76f4e0a78d41f2e08a9d394fefde93b5ef98fd9649fb2f7778b18e25fa6102207a5b4c1e40d7"     \
    "4b254f29bdbd1fceda1c2239ef9310bfe4557af7488a8be5caea"

#define VERIFY_ECDSA_HIGH_S                                                                        \
    "30450220315f76f4e0a78d41f2e08a9d394fefde93b5ef98fd9649fb2f7778b18e25fa6102210085a4b3e0bf"     \
    "28b4dbb0d64242e03125e39aad0b1a9657ba2f78c28238707d5a67"

#define VERIFY_SECP256K1                                                                           \
    "304402200e406eca37b3163e58f31da16bf7cae6a7f3267c76aa571176c47b35219361e7022027088dfefc7b"     \
    "bd4a916791e9624e08033dfb359bc5f732aa1b4c02029d62f662"

#define VERIFY_SECP256K1_HIGH_S                                                                    \
    "304502200e406eca37b3163e58f31da16bf7cae6a7f3267c76aa571176c47b35219361e7022100d8f7720103"     \
    "8442b56e986e169db1f7fb7cb3a74ae9516d91a4865c8a32d34adf"

/* by the keys of keys.h */
#define VERIFY_P384                                                                                \
    "3065023100fefdcafcb96fd7c9f7234fae4b416a7600b77364ced72b65bfa31257b91c03ce2aa3876e790f7d"     \
    "ac18b7763bd72ffdbc02300aa7d1394a442e8a796b6e2ef11a0c960093b58d64c8cc5455019fccbbc1f0b360"     \
    "9b07e67f0342d1e4629a971f704aa3"

#define VERIFY_P521                                                                                \
    "308188024201b7fa1af5c9aa6f4b7123db705fa99540d7bd4c16cb28f6eee792da8bca9fb54e52f0da0e8c57"     \
    "cdfcb73ccea808da8410f26ce72fcb6e809840afaf7f393b7a5497024201055b143cac913d4f9388329eea6d"     \
    "16c93ccdd0b74ab61604568eea65b88bd7b82c077ab828fd2eec5802de50d99669cee1014604573f89199d9b"     \
    "e646533eb4c9fe"

/* of a Noise static key of 32 bytes 42 */
#define VERIFY_NOISE_RSA                                                                           \
    "275fd7e9362f5e20cd976abceea069009148adb20f7ee2802730bbce3825a00633e05865be397b7a8774760e"     \
    "878b94241b086530de8827e3deb9c8c0161ac217478dbad95f533cddaf3a50cbdb63eb10b7ffa5aceaed1013"     \
    "097d0aaec7117d4895dc536bf5593a0f0819a6de6a27fcfa616eefd3a98728d76454e14add9bc54f349adb26"     \
    "70f06383f82b3c7137e4ff1672d813c9a04c8c824a1bc403984f04b7e0c82b7d348ec89d80074bc85c492f73"     \
    "a43a7706c1d97ef27301c3942f89efb517b941cedc18afdf8cfe0fe73f1b77c9d8d55039c759f97d516d6a19"     \
    "a203799597e0fa19c3354231562940d0bb9b0aca1f6420296f62a4c38e5c09505be4c4b91551808b702fe4da"     \
    "dbb9644047cf859ef429ad55f95da9ab6009ffe68b01b6ecef947ac102b975e2c8713db9cc59954729f0133f"     \
    "6c9059b15b27d13223dd586c6c215f6c3e980b094aa924928a866bbdde99a2df5646b2f6731abce672c871ba"     \
    "e05da90269f02bee016880e4f2c77e3926f1c95f7486baa2e256e4804a5b1ea3a5aa99fc97e175a49c1624d3"     \
    "b388719cca35b30468b221488db352f164b7e1fe01c415858f76c71e2c4d103b8f8a7e70ee6ade605b49b1b1"     \
    "e5d7b8366d4c08a50b64ec30c7057fcc897ae95762e704e1b7e66d0b22862a39122a5368d0e1b379fb31e2ee"     \
    "0ef74393cad233b4425075ade20c4e81d4fb94da2cf15446f8987c7a"

#define VERIFY_NOISE_SECP256K1                                                                     \
    "3046022100d1f9f8acbd945c42250b44e92246e463cd4157b759005c11ed2cace4c644215a022100bce21ee1"     \
    "c4d9aae6cdfc6c5e50d14448f7ef5afe985a331da65e3b775bb8a244"

#define VERIFY_NOISE_ECDSA                                                                         \
    "3045022022e7b17f34057a694fa60f5f4539772dfffd63b85a8bec67883b5f9005a0f434022100f608a8a388"     \
    "5523d15116362cd180aac25ddd42ba1d33baf6165365d309f36934"

#endif
