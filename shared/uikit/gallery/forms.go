// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io/fs"

	"fyne.io/fyne/v2"

	"yuexin/assets"
	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/formview"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

func formScenes() []scene.Scene {
	return []scene.Scene{
		{Name: "desk/form", Build: fullForm, Size: fyne.NewSize(1000, 1700)},
		{Name: "kiosk/form-section", Place: theme.Kiosk, Build: sectionForm},
		{Name: "kiosk/form-question", Place: theme.Kiosk, Build: questionForm},
	}
}

// household returns a form that somebody has begun, with two things wrong.
func household() (*forms.Session, error) {
	data, err := fs.ReadFile(assets.Folder("forms"), "household.json")
	if err != nil {
		return nil, err
	}
	form, err := forms.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := forms.New(form, sampleNow)
	if _, err := s.AddRow("members"); err != nil {
		return nil, err
	}
	s.Restore(map[string]string{
		"head_name": "示例 陈秀英", "phone": "1380013", "assisted": "yes", "population": "3", "labour": "5",
		"main_trade": "planting", "crops": "gonggan,rice", "land_area": "两亩三分", "agree": "yes", "agree_finance": "yes",
		"figures_year": "2025", "income_planting": "3万5", "members": "1", "members.0.member_name": "示例 李志强", "members.0.relation": "spouse",
	})
	return s, nil
}

func drawn(p *i18n.Printer, mode formview.Mode, open string) fyne.CanvasObject {
	s, err := household()
	if err != nil {
		return widget.NewFaultBanner(p, err)
	}
	v := formview.New(p, s, formview.Options{Mode: mode})
	v.Focus(open)
	if theme.Current().Place == theme.Desk {
		return ground(layout.Column(theme.Measure, v))
	}
	foot := layout.Spread(theme.S4, widget.NewButton(p.T("action.back"), widget.Secondary, nil, func() { v.Back() }),
		widget.NewMain(p.T("action.next"), func() { v.Next() }))
	return ground(layout.Page(nil, layout.Insets(theme.S5, theme.S3, v), layout.Inset(theme.S5, foot)))
}

func fullForm(p *i18n.Printer) fyne.CanvasObject { return drawn(p, formview.Full, "head_name") }

func sectionForm(p *i18n.Printer) fyne.CanvasObject { return drawn(p, formview.Sections, "members") }

func questionForm(p *i18n.Printer) fyne.CanvasObject {
	return drawn(p, formview.Questions, "main_trade")
}
