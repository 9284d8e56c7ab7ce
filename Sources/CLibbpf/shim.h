/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HALFWIRE_CLIBBPF_SHIM_H
#define HALFWIRE_CLIBBPF_SHIM_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* Whether the kernel's own type information names this value of enum bpf_func_id.
 *
 * false also where there is no type information.
 */
static inline bool halfwire_kernel_has_helper(const char *name) {
  struct btf *types = btf__load_vmlinux_btf();
  bool found = false;
  if (types == NULL)
    return false;
  int id = btf__find_by_name_kind(types, "bpf_func_id", BTF_KIND_ENUM);
  const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(types, (__u32)id);
  if (type != NULL) {
    const struct btf_enum *values = btf_enum(type);
    for (int i = 0; i < btf_vlen(type) && !found; i++) {
      const char *value = btf__name_by_offset(types, values[i].name_off);
      found = value != NULL && strcmp(value, name) == 0;
    }
  }
  btf__free(types);
  return found;
}

/* Whether the kernel's own type information has a type of this name and kind.
 *
 * false also where there is no type information.
 */
static inline bool halfwire_kernel_has_type(const char *name, __u32 kind) {
  struct btf *types = btf__load_vmlinux_btf();
  if (types == NULL)
    return false;
  bool found = btf__find_by_name_kind(types, name, kind) > 0;
  btf__free(types);
  return found;
}

static inline bool halfwire_kernel_has_function(const char *name) {
  return halfwire_kernel_has_type(name, BTF_KIND_FUNC);
}

/* A tracepoint's name in the type information is "btf_trace_" and its own. */
static inline bool halfwire_kernel_has_tracepoint(const char *btf_name) {
  return halfwire_kernel_has_type(btf_name, BTF_KIND_TYPEDEF);
}

/* Puts the calling thread into the network namespace behind a descriptor; -1 with errno.
 *
 * As a system call: glibc declares setns only with _GNU_SOURCE, which Swift does not set.
 */
static inline int halfwire_enter_network_namespace(int descriptor) {
  enum { clone_newnet = 0x40000000 };  // linux/sched.h
  return (int)syscall(SYS_setns, descriptor, clone_newnet);
}

#endif
