// SPDX-License-Identifier: Apache-2.0

// A VFS that hands every call to SQLite's own and tells package powerloss of
// each write, truncation, sync and deletion after it is done. Before that it asks
// whether the call is to fail.

#include "vfs.h"

#include <string.h>

#include "_cgo_export.h"

#define OK 0

// A file of this VFS: the real one stands behind it in the same memory.
typedef struct {
	sqlite3_file base;
	int id;           // of the path, as powerloss gave it; 0 is not watched
	const char *name; // SQLite keeps it until it closes the file; null for a temporary one
} file;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;

static sqlite3_file *real(sqlite3_file *f) { return (sqlite3_file *)((file *)f + 1); }
static int id(sqlite3_file *f) { return ((file *)f)->id; }

static int refusing; // whether somebody says which calls fail

// refused returns the error that a call is to fail with.
static int refused(sqlite3_file *f, int call) {
	const char *name = ((file *)f)->name;
	return __atomic_load_n(&refusing, __ATOMIC_ACQUIRE) && name ? powerlossRefused((char *)name, call) : OK;
}

static int on_close(sqlite3_file *f) {
	return real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) : OK;
}

static int on_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at) {
	int rc = refused(f, POWERLOSS_WRITE);
	if (rc == OK) rc = real(f)->pMethods->xWrite(real(f), data, n, at);
	if (rc == OK && id(f)) powerlossWrite(id(f), (void *)data, n, at);
	return rc;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size) {
	int rc = refused(f, POWERLOSS_TRUNCATE);
	if (rc == OK) rc = real(f)->pMethods->xTruncate(real(f), size);
	if (rc == OK && id(f)) powerlossTruncate(id(f), size);
	return rc;
}

// What is not watched is an image that somebody looks at: it needs no sync.
static int on_sync(sqlite3_file *f, int flags) {
	int rc = refused(f, POWERLOSS_SYNC);
	if (rc != OK) return rc;
	if (!id(f)) return OK;
	long long began = powerlossNow();
	rc = real(f)->pMethods->xSync(real(f), flags);
	if (rc == OK) powerlossSync(id(f), began);
	return rc;
}

static int on_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), p, n, at); }
static int on_size(sqlite3_file *f, sqlite3_int64 *n) { return real(f)->pMethods->xFileSize(real(f), n); }
static int on_lock(sqlite3_file *f, int l) { return real(f)->pMethods->xLock(real(f), l); }
static int on_unlock(sqlite3_file *f, int l) { return real(f)->pMethods->xUnlock(real(f), l); }
static int on_reserved(sqlite3_file *f, int *out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
static int on_control(sqlite3_file *f, int op, void *arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); }
static int on_sector(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static int on_device(sqlite3_file *f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
static int on_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p) {
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, p);
}
static int on_shm_lock(sqlite3_file *f, int at, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), at, n, flags); }
static void on_shm_barrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int on_shm_unmap(sqlite3_file *f, int del) { return real(f)->pMethods->xShmUnmap(real(f), del); }

// No version 3: what is mapped into memory would be written unseen.
static const sqlite3_io_methods methods = {
	2, on_close, on_read, on_write, on_truncate, on_sync, on_size, on_lock, on_unlock, on_reserved, on_control,
	on_sector, on_device, on_shm_map, on_shm_lock, on_shm_barrier, on_shm_unmap,
};

static int on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
	memset(f, 0, v->szOsFile);
	int rc = real_vfs->xOpen(real_vfs, name, real(f), flags, out);
	if (rc != OK) return rc; // then the real VFS left nothing to close
	((file *)f)->id = name ? powerlossOpen((char *)name) : 0;
	((file *)f)->name = name;
	f->pMethods = &methods;
	return OK;
}

static int on_delete(sqlite3_vfs *v, const char *name, int sync) {
	(void)v;
	int rc = real_vfs->xDelete(real_vfs, name, sync);
	if (rc == OK) powerlossDelete((char *)name, sync);
	return rc;
}

int powerloss_install(void) {
	real_vfs = sqlite3_vfs_find(0);
	if (!real_vfs) return 1;
	vfs = *real_vfs; // what is not replaced works on names or on nothing, not on files
	vfs.zName = "powerloss";
	vfs.pNext = 0;
	vfs.szOsFile += sizeof(file);
	vfs.xOpen = on_open;
	vfs.xDelete = on_delete;
	return sqlite3_vfs_register(&vfs, 1);
}

void powerloss_refuse(int on) { __atomic_store_n(&refusing, on, __ATOMIC_RELEASE); }

#define PRAGMA 19 // SQLITE_PRAGMA
#define IGNORE 2  // SQLITE_IGNORE

static int keep_off(void *unused, int action, const char *a, const char *b, const char *c, const char *d) {
	(void)unused, (void)b, (void)c, (void)d;
	return action == PRAGMA && strcmp(a, "synchronous") == 0 ? IGNORE : OK;
}

static int at_open(sqlite3 *db) {
	int rc = sqlite3_exec(db, "PRAGMA synchronous = OFF", 0, 0, 0);
	return rc == OK ? sqlite3_set_authorizer(db, keep_off, 0) : rc;
}

void powerloss_unsafe(int on) {
	if (on)
		sqlite3_auto_extension((void (*)(void))at_open);
	else
		sqlite3_cancel_auto_extension((void (*)(void))at_open);
}
