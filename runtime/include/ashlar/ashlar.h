/*===- ashlar.h - Run compiled models: the C interface
-----------------------===*\
|* Part of the Ashlar project, under the Apache License v2.0 with LLVM
Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
\*===------------------------------------------------------------------------===*/
/*
 * An image holds a compiled model and is immutable; a session runs it and has
 * its own memory. One image may have many sessions, used from many threads at
 * once. Calls on the same session are serialised.
 *
 * Every function that can fail returns a status; ashlar_last_error() then has
 * the message for the calling thread. Strings and arrays that are handed out
 * belong to the object they were asked of and live as long as it does, unless
 * stated otherwise. Null objects and pointers are refused, never dereferenced.
 *
 * Typical use:
 *
 *   ashlar_image *image;
 *   ashlar_session *session;
 *   ashlar_image_open("model.npu", &image);
 *   ashlar_session_create(image, NULL, &session);
 *   ashlar_session_set_input(session, "x", x, sizeof x);
 *   ashlar_session_run(session);
 *   ashlar_session_get_output(session, "y", y, sizeof y);
 */

#ifndef ASHLAR_ASHLAR_H
#define ASHLAR_ASHLAR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ashlar_image ashlar_image;
typedef struct ashlar_session ashlar_session;

/* In C++ a value that an enum does not name may only be passed, and refused, if
   the enum has a fixed base; C always allows it. */
#ifdef __cplusplus
#define ASHLAR_ENUM_BASE : int
#else
#define ASHLAR_ENUM_BASE
#endif

typedef enum ashlar_status ASHLAR_ENUM_BASE {
  ASHLAR_OK = 0,
  ASHLAR_INVALID_ARGUMENT = 1, /* a null pointer, a wrong size, a bad option */
  ASHLAR_NOT_FOUND = 2, /* no tensor, entry point or dimension of that name */
  ASHLAR_BAD_IMAGE = 3, /* unreadable, damaged or made for another version */
  ASHLAR_INCOMPATIBLE = 4,  /* the machine given differs in more than speeds */
  ASHLAR_OUT_OF_MEMORY = 5, /* of the host */
  ASHLAR_TRAP = 6,          /* the program trapped; the message says where */
  ASHLAR_EXPIRED = 7,       /* the ticket's buffers serve a later request */
  ASHLAR_INTERNAL = 8       /* a defect of this library */
} ashlar_status;

/* Message of this thread's last failed call; "" if there was none. Valid until
 * the thread's next call. */
const char *ashlar_last_error(void);
/* "ok", "invalid argument", ... */
const char *ashlar_status_name(ashlar_status status);
/* Version of this library. */
const char *ashlar_version(void);

/*===-- Images
 * --------------------------------------------------------------===*/

typedef enum ashlar_type ASHLAR_ENUM_BASE {
  ASHLAR_I4 = 0, /* two elements a byte, the first in the low half; so is u4 */
  ASHLAR_U4 = 1,
  ASHLAR_I8 = 2,
  ASHLAR_U8 = 3,
  ASHLAR_I16 = 4,
  ASHLAR_U16 = 5,
  ASHLAR_I32 = 6,
  ASHLAR_U32 = 7,
  ASHLAR_I64 = 8,
  ASHLAR_U64 = 9,
  ASHLAR_F8E4M3 = 10,
  ASHLAR_F8E5M2 = 11,
  ASHLAR_F16 = 12,
  ASHLAR_BF16 = 13,
  ASHLAR_F32 = 14,
  ASHLAR_F64 = 15,
  ASHLAR_BOOL = 16 /* one byte, 0 or 1 */
} ashlar_type;

typedef enum ashlar_role ASHLAR_ENUM_BASE {
  ASHLAR_INPUT = 0,
  ASHLAR_OUTPUT = 1,
  ASHLAR_STATE = 2
} ashlar_role;

/* A tensor of an entry point's signature: dense, row-major. */
typedef struct ashlar_tensor_info {
  const char *name;
  ashlar_type type;
  size_t rank;
  const int64_t *shape;       /* upper bounds where dynamic */
  const char *const *dynamic; /* null, or per dimension a name or "" */
  uint64_t bytes;             /* of the whole upper bound */
  /* real = (stored - zero_points[i]) * scales[i]; not quantised: 0 scales.
   * zero_points is null if all are 0. One scale, or one per index of axis. */
  size_t num_scales;
  const float *scales;
  const int64_t *zero_points;
  int32_t axis; /* -1: per tensor */
} ashlar_tensor_info;

/* Opens an image file. It is mapped, and must not change until the image and
 * all its sessions are closed. */
ashlar_status ashlar_image_open(const char *path, ashlar_image **image);
/* The same on bytes that the caller keeps alive and unchanged. They are used
 * where they lie if `data` is a multiple of 64, else copied once. */
ashlar_status ashlar_image_open_memory(const void *data, size_t bytes,
                                       ashlar_image **image);
/* Sessions that still run keep what they need. Null is allowed. */
void ashlar_image_close(ashlar_image *image);

size_t ashlar_image_num_entries(const ashlar_image *image);
/* Name of an entry point; null if the index is out of range. */
const char *ashlar_image_entry_name(const ashlar_image *image, size_t entry);
/* Number of tensors of a role; 0 if the index is out of range. */
size_t ashlar_image_num_tensors(const ashlar_image *image, size_t entry,
                                ashlar_role role);
ashlar_status ashlar_image_tensor(const ashlar_image *image, size_t entry,
                                  ashlar_role role, size_t index,
                                  ashlar_tensor_info *info);
/* Name of the target that the image was compiled for. */
const char *ashlar_image_target(const ashlar_image *image);

/*===-- Sessions
 * ------------------------------------------------------------===*/

typedef struct ashlar_session_options {
  size_t struct_bytes;  /* sizeof(ashlar_session_options) */
  const char *entry;    /* entry point; null: the first */
  int timed;            /* run the timing model */
  int sanitize;         /* check bounds, uninitialised reads, races */
  uint64_t step_budget; /* trap after so many steps; 0: a default */
  const char
      *trace_path; /* write a Chrome trace of each run there; needs timed */
  /* Other speeds: "field=value" separated by commas, with the names that
   * `ashlar inspect --json` shows; null: the image's own. Fields that programs
   * depend on (sizes, counts) may not change. */
  const char *machine;
  /* Host threads that large instructions may use; 0: what the environment's
   * ASHLAR_THREADS says, else one per processor. Results do not depend on it.
   */
  unsigned threads;
  /* A queued request starts when the next one is submitted, or somebody waits
   * for it: its run can always fetch the next one's inputs, where the image
   * does that. 0: it starts at once, and its inputs arrive in its own run. */
  int stream;
} ashlar_session_options;

/* `options` may be null. */
ashlar_status ashlar_session_create(ashlar_image *image,
                                    const ashlar_session_options *options,
                                    ashlar_session **session);
/* Waits for queued requests. Null is allowed. */
void ashlar_session_close(ashlar_session *session);

/* The buffer of an input of the request that is being prepared, or of a state
 * buffer: write it in place, without a copy. Valid until that request has been
 * submitted (inputs) or the session is closed (states). */
ashlar_status ashlar_session_input_buffer(ashlar_session *session,
                                          const char *name, void **data,
                                          uint64_t *bytes);
/* Copies `bytes` bytes, the tensor's size, into that buffer. */
ashlar_status ashlar_session_set_input(ashlar_session *session,
                                       const char *name, const void *data,
                                       uint64_t bytes);
/* Sets a run-time dimension of the request that is being prepared and of all
 * later ones; at most the signature's upper bound. Tensors keep the upper
 * bound's place; their elements are dense in the actual shape. */
ashlar_status ashlar_session_set_dim(ashlar_session *session, const char *name,
                                     int64_t size);
/* Fills all state buffers with zeros, as they are at creation. */
ashlar_status ashlar_session_reset_state(ashlar_session *session);

/* Runs the prepared request to its end. Inputs keep their contents. */
ashlar_status ashlar_session_run(ashlar_session *session);
/* The buffer of an output of the last request that was run or waited for, or of
 * a state buffer. Valid until the session runs or submits again. */
ashlar_status ashlar_session_output_buffer(ashlar_session *session,
                                           const char *name, const void **data,
                                           uint64_t *bytes);
/* Copies an output; `bytes` is the tensor's size. */
ashlar_status ashlar_session_get_output(ashlar_session *session,
                                        const char *name, void *data,
                                        uint64_t bytes);

/* Queues the prepared request and returns at once while at most one request is
 * in flight (with `stream` two); else it waits for the oldest of them. Each has
 * its own inputs and outputs: the next request has to be given all of its
 * inputs, and the outputs of a request stay readable until the second submit
 * after it. */
ashlar_status ashlar_session_submit(ashlar_session *session, uint64_t *ticket);
/* Waits for a request and makes its outputs and statistics the current ones.
 * Returns what running it returned. */
ashlar_status ashlar_session_wait(ashlar_session *session, uint64_t ticket);

typedef struct ashlar_statistics {
  int timed; /* 0: cycles, time_us, mxu_utilization are 0 */
  uint64_t cycles;
  double time_us;
  uint64_t macs; /* executed, padding and recomputation included */
  /* The source graph's MACs / (cycles x peak of the matrix unit), those of the
   * vector unit included; 0 if the matrix unit executed none. */
  double mxu_utilization;
  uint64_t dram_read_bytes, dram_write_bytes;
  uint64_t instructions;
  double host_seconds;
} ashlar_statistics;

/* Of the last request that was run or waited for. */
ashlar_status ashlar_session_statistics(ashlar_session *session,
                                        ashlar_statistics *statistics);
/* The same with engines and operators, as `ashlar run --stats` writes it. Valid
 * until the next call of this function on the session. */
ashlar_status ashlar_session_statistics_json(ashlar_session *session,
                                             const char **json);

#ifdef __cplusplus
}
#endif

#endif /* ASHLAR_ASHLAR_H */
