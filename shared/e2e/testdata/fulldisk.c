// SPDX-License-Identifier: Apache-2.0

// A disk that is full while the file named by YUEXIN_DISK_FULL is there: no
// regular file grows, what a file has can still be written over. Put before a
// program with LD_PRELOAD, it stands between SQLite and the C library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

// refuse says whether a file may not be as large as this.
static int refuse(int fd, off64_t size) {
	int before = errno;
	const char *flag = getenv("YUEXIN_DISK_FULL");
	struct stat64 st;
	int full = flag && access(flag, F_OK) == 0 && fstat64(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < size;
	errno = full ? ENOSPC : before;
	return full;
}

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
	static ssize_t (*real)(int, const void *, size_t, off64_t);
	if (!real) real = next("pwrite64");
	return refuse(fd, at + (off64_t)n) ? -1 : real(fd, data, n, at);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return pwrite64(fd, data, n, at); }

ssize_t write(int fd, const void *data, size_t n) {
	static ssize_t (*real)(int, const void *, size_t);
	if (!real) real = next("write");
	return refuse(fd, lseek64(fd, 0, SEEK_CUR) + (off64_t)n) ? -1 : real(fd, data, n);
}

int ftruncate64(int fd, off64_t size) {
	static int (*real)(int, off64_t);
	if (!real) real = next("ftruncate64");
	return refuse(fd, size) ? -1 : real(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
