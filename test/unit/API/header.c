/* Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The interface as a C program sees it. */

#include "ashlar/ashlar.h"

int runFromC(const void *bytes, size_t size, const float *x, float *y,
             size_t tensorBytes) {
  ashlar_image *image = NULL;
  ashlar_session *session = NULL;
  ashlar_status status = ashlar_image_open_memory(bytes, size, &image);
  if (status == ASHLAR_OK)
    status = ashlar_session_create(image, NULL, &session);
  if (status == ASHLAR_OK)
    status = ashlar_session_set_input(session, "x", x, tensorBytes);
  if (status == ASHLAR_OK)
    status = ashlar_session_run(session);
  if (status == ASHLAR_OK)
    status = ashlar_session_get_output(session, "y", y, tensorBytes);
  ashlar_session_close(session);
  ashlar_image_close(image);
  return (int)status;
}
