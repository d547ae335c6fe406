// SPDX-License-Identifier: Apache-2.0

// Package document looks for the code on what a scanner or a phone made of a sheet of paper: a picture, or a PDF whose
// pages are pictures.
package document

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // what scanners and phones write
	_ "image/png"  // …
	"maps"
	"slices"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	_ "golang.org/x/image/tiff" // what pdfcpu makes of a page in black and white

	"yuexin/shared/fault"
	"yuexin/shared/scanner"
)

// mostPixels bounds the pictures that are unpacked: A4 at 600 dots an inch has 35 million.
const mostPixels = 64 << 20

// Code returns the text of the first code in a picture or on the pages of a PDF. Errors: fault.NotFound
// "scanner.image.none" without one that can be read, fault.Invalid "scanner.document" for a file that is neither, and
// fault.TooLarge "scanner.image.large".
func Code(file []byte) (string, error) {
	if bytes.HasPrefix(file, []byte("%PDF-")) {
		return inPDF(file)
	}
	return inPicture(file)
}

func inPicture(file []byte) (string, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return "", fault.New(fault.Invalid, "scanner.document").WithCause(err)
	}
	if size.Width*size.Height > mostPixels {
		return "", fault.New(fault.TooLarge, "scanner.image.large")
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return "", fault.New(fault.Invalid, "scanner.document").WithCause(err)
	}
	return scanner.Image(img)
}

// withoutFolder keeps pdfcpu from making a folder for its settings.
var withoutFolder = sync.OnceFunc(api.DisableConfigDir)

// inPDF looks through the pages in order. Whatever a damaged file does to the library, it is a fault here.
func inPDF(file []byte) (text string, err error) {
	defer func() {
		if p := recover(); p != nil {
			text, err = "", fault.New(fault.Invalid, "scanner.document").WithCause(fmt.Errorf("read a PDF: %v", p))
		}
	}()
	withoutFolder()
	conf := model.NewDefaultConfiguration()
	conf.Cmd, conf.Offline = model.EXTRACTIMAGES, true
	ctx, err := api.ReadValidateAndOptimize(bytes.NewReader(file), conf)
	if err != nil {
		return "", fault.New(fault.Invalid, "scanner.document").WithCause(err)
	}
	for page := 1; page <= ctx.PageCount; page++ {
		text, err := onPage(ctx, page)
		if !fault.Is(err, fault.NotFound) {
			return text, err
		}
	}
	return "", fault.New(fault.NotFound, "scanner.image.none")
}

// onPage looks at the pictures of a page, once none is too large to unpack.
func onPage(ctx *model.Context, page int) (string, error) {
	none := fault.New(fault.NotFound, "scanner.image.none")
	sizes, err := pdfcpu.ExtractPageImages(ctx, page, true)
	if err != nil {
		return "", none.WithCause(err)
	}
	for _, s := range sizes {
		if s.Width*s.Height > mostPixels {
			return "", fault.New(fault.TooLarge, "scanner.image.large")
		}
	}
	pictures, err := pdfcpu.ExtractPageImages(ctx, page, false)
	if err != nil {
		return "", none.WithCause(err)
	}
	for _, number := range slices.Sorted(maps.Keys(pictures)) {
		img, _, err := image.Decode(pictures[number])
		if err != nil {
			continue // an ornament in a notation of its own
		}
		if text, err := scanner.Image(img); err == nil {
			return text, nil
		}
	}
	return "", none
}
