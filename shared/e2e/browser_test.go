// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// chromium is where Debian has it.
const chromium = "/usr/bin/chromium"

// tab is a page of the browser.
type tab struct {
	t        *testing.T
	ctx      context.Context
	pictures bool // shot writes
}

// newBrowser starts a browser of its own profile that talks to nobody else.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("lang", "zh-CN"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	ctx, stop := context.WithTimeout(context.Background(), 5*patience)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log(err)
		}
		stop()
	})
	if _, err := chromedp.Run(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", chromium, err)
	}
	return ctx
}

// newTab opens a page in a browser, with nothing of other pages' cookies.
func newTab(t *testing.T, browser context.Context) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	return &tab{t: t, ctx: ctx}
}

// newOffice opens the console in a tab of a desk's width, as the administrator.
func newOffice(t *testing.T, s *server, height int64) *tab {
	t.Helper()
	b := newTab(t, newBrowser(t))
	b.pictures = true
	b.do("be a desk", chromedp.EmulateViewport(1366, height))
	b.open(s.url + "/console/")
	b.waits("#login")
	b.types("#name", "demo-admin")
	b.types("#password", password)
	b.click("#login button[type=submit]")
	b.waits("#results")
	return b
}

func (b *tab) do(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, action); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

func (b *tab) open(address string) {
	b.t.Helper()
	b.do("open "+address, chromedp.Navigate(address))
}

func (b *tab) click(sel string) { b.t.Helper(); b.do("click "+sel, chromedp.Click(chromedp.CSS(sel))) }

func (b *tab) waits(sel string) {
	b.t.Helper()
	b.do("wait for "+sel, chromedp.WaitVisible(chromedp.CSS(sel)))
	eventually(b.t, "the page of "+sel+" is there to its end", func() bool {
		state, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.readyState`))
		return err == nil && state == "complete"
	})
}

func (b *tab) types(sel, text string) {
	b.t.Helper()
	b.do("type into "+sel, chromedp.SendKeys(chromedp.CSS(sel), text))
}

func (b *tab) text(sel string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(sel)))
	if err != nil {
		b.t.Fatalf("read %s: %v", sel, err)
	}
	return text
}

// shot writes what is to be seen to testdata when the test runs with -update.
func (b *tab) shot(name string) {
	b.t.Helper()
	if !*update || !b.pictures {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// fits fails if the page must be pushed sideways to be read.
func (b *tab) fits() {
	b.t.Helper()
	over, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
	if err != nil {
		b.t.Fatal(err)
	}
	if over > 0 {
		b.t.Errorf("the page is %d pixels wider than the screen", over)
	}
}

// phone is the screen of the reference phone of the resident's page.
func (b *tab) phone() {
	b.t.Helper()
	b.do("be a phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2)))
}

// ask fills in the resident's form and returns the receipt number.
func (b *tab) ask(plate string) string {
	b.t.Helper()
	b.open(plate)
	b.waits(".plate")
	b.fits()
	b.shot("resident-scan")
	b.click(`a[href*="/NEED"]`)
	b.waits("#f")
	b.shot("resident-need")
	b.types("#asked", "5万")
	b.click(`label:has(input[value=planting])`)
	b.types("#term_months", "12")
	b.types("#applicant_name", applicant)
	b.click(`label:has(#contact-own)`)
	b.types("#phone", applicantPhone)
	b.click(`label:has(#agree-yes)`)
	b.fits()
	b.click("button.btn.main")
	b.waits(".slip .num")
	b.shot("resident-receipt")
	return strings.TrimSpace(b.text(".slip .num"))
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	s := running(t)
	plate, _, _ := s.firstPlate()
	browser := newBrowser(t)
	for _, script := range []bool{true, false} {
		t.Run(map[bool]string{true: "phone", false: "phone without JavaScript"}[script], func(t *testing.T) {
			b := newTab(t, browser)
			b.phone()
			if !script {
				b.do("switch JavaScript off", withoutScript)
			}
			b.pictures = script
			if number := b.ask(plate.First); !regexp.MustCompile(`^[0-9]{4} [0-9]{4} [0-9]{4}$`).MatchString(number) {
				t.Errorf("receipt number %q", number)
			}
		})
	}
	t.Run("console", func(t *testing.T) { useConsole(t, newTab(t, browser), s) })
}

// withoutScript stops scripts of the page's own.
func withoutScript(ctx context.Context, target *chromedp.Target) (none chromedp.Void, err error) {
	_, err = cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return none, err
}

// useConsole registers a demand that came in by phone.
func useConsole(t *testing.T, b *tab, s *server) {
	b.pictures = true
	b.do("be a desk", chromedp.EmulateViewport(1366, 768))
	b.open(s.url + "/console/")
	b.waits("#login")
	b.shot("console-login")
	b.types("#name", "demo-admin")
	b.types("#password", password)
	b.click("#login button[type=submit]")
	b.waits("#results")
	b.fits()
	b.shot("console-demands")
	link := `//a[contains(., "` + applicant + `")]`
	b.do("open the demand", chromedp.Click(link))
	b.waits("#trail")
	b.fits()
	b.shot("console-demand")
	b.click("#move-registered button[type=submit]")
	b.waits(".notice[role=status]")
	if trail := b.text("#trail"); !strings.Contains(trail, "已登记") {
		t.Errorf("after the move the history shows %q", trail)
	}
	b.shot("console-moved")
	for _, page := range []string{"villages", "conflicts", "quarantine", "devices", "users"} {
		b.open(s.url + "/console/" + page)
		b.waits("#page h1")
		b.fits()
		b.shot("console-" + page)
	}
}
