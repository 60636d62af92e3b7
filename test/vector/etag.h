/* SPDX-License-Identifier: MIT */
/* Made by test/vector/etag.py; see there for the sources. */
#ifndef GHM_VECTOR_ETAG_H
#define GHM_VECTOR_ETAG_H

/* clang-format off */
static const struct {
    const char *name;
    const char *vary;
    const char *request;
    const char *body;
    const char *hex;
} etag_vectors[] = {
    {"no headers",
     "Accept, Authorization, Cookie",
     "",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "89267d41f7cd7e9c4bf81222e2c7c81023649230b109963be8aeef310372c375"},
    {"empty body, no headers",
     "Accept, Authorization, Cookie",
     "",
     "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"accept only",
     "Accept, Authorization, Cookie",
     "Accept: application/vnd.github+json\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "8d56b9b296635142932dfd0526775c8ff2904b1445a988b03f75d38b5ddc3489"},
    {"accept */*",
     "Accept, Authorization, Cookie",
     "Accept: */*\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "d0c31c39d3eaedce3fd76ff1ea74087913f4750671be0fad3ccb7a38f098043f"},
    {"accept present but empty",
     "Accept, Authorization, Cookie",
     "Accept: \n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "451939329007dd639ea53581f5f08e700c2b2fafb136a92a052d5f8f60627bf8"},
    {"bearer",
     "Accept, Authorization, Cookie",
     "Accept: application/vnd.github+json\nAuthorization: Bearer test-token-1\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "d7bbda268cd7a6cc2c32f4e76001a20d611e74e1aeb31b801f948becfec58b5e"},
    {"token scheme, same token",
     "Accept, Authorization, Cookie",
     "Accept: application/vnd.github+json\nAuthorization: token test-token-1\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "d876d51278968b6d08679d2dec968da52d8a69092f693bda7dc15d3f5dc56556"},
    {"other token",
     "Accept, Authorization, Cookie",
     "Accept: application/vnd.github+json\nAuthorization: Bearer test-token-2\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "f89b8aac5cbfc4ce9b2cb5ad36f5edf1cfb211409b25e06864683855a498f8c5"},
    {"cookie",
     "Accept, Authorization, Cookie",
     "Accept: */*\nAuthorization: Bearer test-token-1\nCookie: a=b\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "8dc4c95aa078c5fef114163d374473f3931802aaa01349fa99402e1c71b44e28"},
    {"authorization not in Vary",
     "Accept",
     "Accept: */*\nAuthorization: Bearer test-token-1\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "d0c31c39d3eaedce3fd76ff1ea74087913f4750671be0fad3ccb7a38f098043f"},
    {"Vary *",
     "*",
     "Accept: */*\nAuthorization: Bearer test-token-1\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "00c40318b5cf1d7eb40da634c61eaf608a3fbe22a1474e4e0bcd2e68146ebe02"},
    {"two accept lines",
     "Accept, Authorization, Cookie",
     "Accept: application/json\nAccept: text/plain\n",
     "{\"id\":1296269,\"name\":\"hello\",\"private\":false}",
     "c071169499133c2176cb410446b11cf0a1a3d2f6d637c5c68ad72a5df19a1f54"},
    {"empty list",
     "Accept, Authorization, Cookie",
     "Accept: application/vnd.github+json\nAuthorization: Bearer test-token-1\n",
     "[]",
     "fc7c75957c4e74724842aefb5f4ecb70d85ac5c0d24b583dcbdcc5f692513c67"},
    {"empty runs",
     "Accept, Authorization, Cookie",
     "Accept: application/vnd.github+json\nAuthorization: Bearer test-token-1\n",
     "{\"total_count\":0,\"workflow_runs\":[]}",
     "0e494579a6cb01b7321ce023c9d88fa962a41fb1fdbdc79ab9e7af2a556fb78a"},
};
/* clang-format on */

#endif
