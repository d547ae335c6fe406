// SPDX-License-Identifier: Apache-2.0

package attach_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// TestServerLostTheFile: the server said that it has a file, and has it no more before
// the device pulled its arrival. The device asks, and sends it again.
func TestServerLostTheFile(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, a := d.attach(photo(50_000))
	d.sync()
	d.once()
	w.must(w.dir.Remove(a.Digest))
	d.once()
	if !w.dir.Check(a.Digest) {
		t.Error("the file did not come again")
	}
}

// TestBackupFreesTheDevice: the device keeps its file until a backup of the server holds
// it; then it is a copy, and copies go when they are too many.
func TestBackupFreesTheDevice(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, a := d.attach(photo(50_000))
	settle := func() bool {
		d.sync()
		d.once()
		w.must(d.SettleAttachments(t.Context(), 0))
		return d.HasAttachment(a.Digest)
	}
	for range 2 {
		if !settle() {
			t.Fatal("the only copy beside the server's disk is gone")
		}
	}
	to := t.TempDir()
	w.must(w.st.Backup(t.Context(), to))
	if !blobdir.New(filepath.Join(to, central.BlobFolder)).Check(a.Digest) {
		t.Fatal("the backup does not have the file")
	}
	d.attach(photo(10)) // a checkpoint brings the watermark
	if settle(); settle() {
		t.Error("after the backup the device still keeps the file as its own")
	}
}

// TestRevocationReachesTheFiles goes the whole way: the server revokes, the device purges
// and confirms, and cannot fetch what it had.
func TestRevocationReachesTheFiles(t *testing.T) {
	w := open(t)
	a, d := w.device("officer"), w.device("officer")
	a.sync()
	h, theirs := a.attach(photo(5000))
	a.sync()
	a.once()
	d.sync()
	w.must(d.files.Fetch(t.Context(), village, d.items(h)[0].Attachment, nil))
	_, sent := d.attach(photo(5000))
	d.sync()
	d.once()
	_, unsent := d.attach(photo(5000))
	w.must(w.st.Revoke(t.Context(), d.id, village, time.Now()))
	d.sync()
	if d.HasAttachment(theirs.Digest) || d.HasAttachment(sent.Digest) {
		t.Error("files of a revoked scope are still on the device")
	}
	dev, err := w.st.Device(t.Context(), d.id)
	if err != nil || dev.Pending != 0 {
		t.Errorf("the revocation is not confirmed: %d, %v", dev.Pending, err)
	}
	if err := d.files.Fetch(t.Context(), village, theirs, nil); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("fetched again: %v", err)
	}
	// What had not been handed over is, with the record that the server keeps aside.
	d.once()
	if !w.dir.Check(unsent.Digest) || d.HasAttachment(unsent.Digest) {
		t.Errorf("unsent: at the server %t, still here %t", w.dir.Check(unsent.Digest), d.HasAttachment(unsent.Digest))
	}
}

// TestErasedSubjectTakesThePhotoAlong destroys the key of the person a photo is about: the
// sealed file lies there, and nothing opens it any more.
func TestErasedSubjectTakesThePhotoAlong(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	h, a := d.attach(photo(5000))
	d.sync()
	d.once()
	if _, err := w.attach.Open(a); err != nil {
		t.Fatal(err)
	}
	w.erased = true
	home := filepath.Dir(w.dir.Path())
	w.must(w.st.Close())
	db, err := sql.Open("sqlite3", filepath.Join(home, central.KeyFile))
	w.must(err)
	res, err := db.Exec(`DELETE FROM data_key WHERE name = ?`, h.Subject[:])
	w.must(err)
	if n, err := res.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d keys were destroyed, %v", n, err)
	}
	w.must(db.Close())
	w.st, err = central.Open(t.Context(), central.Options{Dir: home, Catalogue: w.catalogue, Access: w.access, Now: time.Now})
	w.must(err)
	row, err := w.st.As(storetest.Everyone()).Get(t.Context(), h.ID)
	if !fault.Is(err, fault.Gone) && !row.Value("photo").IsNone() {
		t.Errorf("the key of the photo is still to be read: %v", err)
	}
	for _, name := range []string{central.DataFile, central.KeyFile} {
		data, err := os.ReadFile(filepath.Join(home, name))
		w.must(err)
		for i := range len(data) - len(a.Key) {
			if string(data[i:i+len(a.Key)]) == string(a.Key) {
				t.Fatalf("%s has the key of the photo", name)
			}
		}
	}
}

// TestServerDiskIsFull: the device hears that the server has no room, keeps the file, and
// goes on when there is room again.
func TestServerDiskIsFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full on this system")
	}
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, a := d.attach(photo(50_000))
	d.sync()
	if status, _ := d.send(request{method: http.MethodPost, digest: a.Digest, size: int(a.Size)}); status != http.StatusCreated {
		t.Fatalf("announced: %d", status)
	}
	part := filepath.Join(w.dir.Path(), fmt.Sprintf("%x.%d.part", a.Digest, a.Size))
	w.must(os.Remove(part))
	w.must(os.Symlink("/dev/full", part))
	err := d.files.Once(t.Context())
	if f := fault.From(err); f == nil || f.Kind != fault.Exhausted || f.Key != "store.full" {
		t.Errorf("got %v", err)
	}
	if st, _ := d.files.State(); st.Fault == nil || st.Fault.Key != "store.full" || !d.HasAttachment(a.Digest) {
		t.Errorf("what people see: %+v", st)
	}
	w.must(os.Remove(part)) // space returns
	d.once()
	if !w.dir.Check(a.Digest) {
		t.Error("the file is not at the server")
	}
}

// TestServerLosesAFileForGood: a file is lost at the server long after every device
// heard that it had arrived. The device that took it keeps it until a backup holds it,
// asks, and sends it again; a backup without the file frees nobody.
func TestServerLosesAFileForGood(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	h, a := d.attach(photo(50_000))
	d.sync()
	d.once()
	d.sync()
	if items := d.items(h); blob.Tally(items) != 1 {
		t.Fatal("its arrival was not pulled")
	}
	w.must(w.dir.Remove(a.Digest))
	to := t.TempDir()
	w.must(w.st.Backup(t.Context(), to))
	d.attach(photo(10)) // a checkpoint would bring the watermark
	d.sync()
	w.must(d.SettleAttachments(t.Context(), 0))
	d.sync()
	w.must(d.SettleAttachments(t.Context(), 0))
	if !d.HasAttachment(a.Digest) {
		t.Fatal("the last copy is gone: a backup without the file freed the device")
	}
	d.once()
	if !w.dir.Check(a.Digest) {
		t.Fatal("the file did not come again")
	}
	d.letsGo(a)
}

// TestBackupPassesAFileThatWaits: the backup's watermark passes the change set that
// brought a photo along before the photo was uploaded, because uploading was paused.
// The photo still is uploaded, and let go of after the next backup.
func TestBackupPassesAFileThatWaits(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, a := d.attach(photo(50_000))
	d.attach(photo(10)) // the lane goes on
	d.sync()
	w.must(w.st.Backup(t.Context(), t.TempDir()))
	d.attach(photo(10))
	for range 2 { // the checkpoint with the watermark
		d.sync()
		w.must(d.SettleAttachments(t.Context(), 0))
	}
	d.once()
	if !w.dir.Check(a.Digest) {
		t.Fatal("the photo is not uploaded any more")
	}
	d.letsGo(a)
}

// letsGo fails unless a backup that has a file frees the device of it.
func (d *device) letsGo(a record.Attachment) {
	t := d.w.t
	t.Helper()
	d.sync()
	d.w.must(d.w.st.Backup(t.Context(), t.TempDir()))
	d.attach(photo(10))
	for range 2 { // the second brings the watermark
		d.sync()
		d.w.must(d.SettleAttachments(t.Context(), 0))
	}
	if d.HasAttachment(a.Digest) {
		t.Error("after a backup with the file the device still keeps it as its own")
	}
}
