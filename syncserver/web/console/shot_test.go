package console_test

import (
	"context"
	"github.com/chromedp/chromedp"
	"os"
	"testing"
	"time"
	"yuexin/syncserver/web/console"
)

func TestShots(t *testing.T) {
	w := newWorld(t, func(c *console.Config) { c.Sample = true })
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("/usr/bin/chromium"), chromedp.Flag("lang", "zh-CN"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, 90*time.Second)
	defer stop()
	base := w.server.URL + "/console"
	do := func(a chromedp.Action[chromedp.Void]) {
		t.Helper()
		if _, err := chromedp.Run(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	shot := func(name, path string, wd, h int64) {
		do(chromedp.EmulateViewport(wd, h))
		do(chromedp.Navigate(base + path))
		do(chromedp.Sleep(300 * time.Millisecond))
		b, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(name, err)
		}
		os.WriteFile("/tmp/shots/"+name+".png", b, 0o644)
	}
	os.MkdirAll("/tmp/shots", 0o755)
	shot("login", "/login", 1366, 768)
	do(chromedp.SendKeys("#name", "admin"))
	do(chromedp.SendKeys("#password", password))
	do(chromedp.Submit("#login"))
	do(chromedp.WaitVisible("#results"))
	shot("list", "/demands", 1366, 768)
	shot("list-m", "/demands", 390, 844)
	shot("demand", w.at("何伟强"), 1366, 768)
	shot("demand2", w.at("邓惠琼"), 1366, 1200)
	shot("demand-m", w.at("邓惠琼"), 390, 844)
	shot("devices", "/devices", 1366, 768)
	shot("conflicts", "/conflicts", 1366, 768)
	shot("villages", "/villages", 1366, 768)
	shot("users", "/users", 1366, 768)
	shot("newuser", "/users/new", 1366, 768)
	shot("quarantine", "/quarantine", 1366, 768)
	shot("newdevice", "/devices/new", 1366, 768)
	do(chromedp.Click("input[value=agent]"))
	do(chromedp.SendKeys("#name", "大沙村 2 号电脑"))
	do(chromedp.SendKeys("#display", "黎婉仪"))
	do(chromedp.Click("input[name=scope]"))
	do(chromedp.Click(".button.main[type=submit]"))
	do(chromedp.WaitVisible(".code"))
	b, _ := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	os.WriteFile("/tmp/shots/code.png", b, 0o644)
	do(chromedp.Navigate(base+"/demands")); do(chromedp.WaitVisible("#results"))
	n, err := chromedp.Run(ctx, chromedp.Evaluate[int](`(()=>{window.bad=[];document.addEventListener("securitypolicyviolation",e=>window.bad.push(e.violatedDirective+e.blockedURI));const s=document.querySelector("select[name=state]");s.value="registered";s.dispatchEvent(new Event("change",{bubbles:true}));return document.querySelectorAll("#results tbody tr").length})()`)); t.Log(n, err)
	do(chromedp.Sleep(800*time.Millisecond))
	txt, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelectorAll("#results tbody tr").length+" "+location.href+" "+window.bad.join()+" "+document.querySelectorAll("style").length`)); t.Log(txt, err)
	shot("404", "/nothing", 1366, 768)
}
