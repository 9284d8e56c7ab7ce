/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HALFWIRE_CLIBBPF_SHIM_H
#define HALFWIRE_CLIBBPF_SHIM_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* Attaches an iterator program to the elements of a map.
 *
 * The options are filled here and not in Swift: libbpf's are sized structs with padding and a
 * union, which a Swift value need not keep zeroed. NULL with errno on failure.
 */
static inline struct bpf_link *halfwire_attach_map_iterator(const struct bpf_program *program,
                                                            int map_descriptor) {
  union bpf_iter_link_info target = {};
  LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &target,
              .link_info_len = sizeof(target));
  target.map.map_fd = map_descriptor;
  return bpf_program__attach_iter(program, &options);
}

/* Opens an object from memory; the verifier will log into the buffer when it refuses.
 *
 * The buffer must stay valid until the object is loaded. NULL with errno on failure.
 */
static inline struct bpf_object *halfwire_open_object(const void *image, size_t image_bytes,
                                                      const char *name, char *log,
                                                      size_t log_bytes) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name, .kernel_log_buf = log,
              .kernel_log_size = log_bytes);
  return bpf_object__open_mem(image, image_bytes, &options);
}

#endif
