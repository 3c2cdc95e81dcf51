package webtest

import (
	"context"
	"strconv"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// dragSteps are the moves of a drag: as many as show the page that it is one.
const dragSteps = 4

// Drag presses the mouse at one place of the tab, moves it to another and lets go, CSS pixels.
func (p *Page) Drag(fromX, fromY, toX, toY float64) {
	p.t.Helper()
	p.DragHalf(fromX, fromY, toX, toY)
	p.do("let go", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, toX, toY, leftButton))
}

// DragHalf is a drag that does not let go.
func (p *Page) DragHalf(fromX, fromY, toX, toY float64) {
	p.t.Helper()
	p.do("press", chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, fromX, fromY, leftButton))
	for i := 1.0; i <= dragSteps; i++ {
		p.do("drag", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, fromX+(toX-fromX)*i/dragSteps, fromY+(toY-fromY)*i/dragSteps, leftButton))
	}
}

func leftButton(e *input.DispatchMouseEventParams) {
	e.Button, e.Buttons, e.ClickCount = input.MouseButtonLeft, 1, 1
	if e.Type == input.DispatchMouseEventTypeMouseReleased {
		e.Buttons = 0
	}
}

// Swipe puts a finger down at one place of the tab, moves it to another and lifts it, CSS pixels.
func (p *Page) Swipe(fromX, fromY, toX, toY float64) {
	p.t.Helper()
	p.do("touch", touch(input.DispatchTouchEventTypeTouchStart, fromX, fromY))
	for i := 1.0; i <= dragSteps; i++ {
		p.do("swipe", touch(input.DispatchTouchEventTypeTouchMove, fromX+(toX-fromX)*i/dragSteps, fromY+(toY-fromY)*i/dragSteps))
	}
	p.do("lift the finger", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}})
		return err
	}))
}

func touch(kind input.DispatchTouchEventType, x, y float64) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}})
		return err
	})
}

// Press presses a key, as kb.Escape.
func (p *Page) Press(key string) {
	p.t.Helper()
	p.do("press a key", chromedp.KeyEvent(key))
}

// Enter replaces what is in a field, as whoever selects all of it and types.
func (p *Page) Enter(selector, text string) {
	p.t.Helper()
	p.Until(selector+" is there", `document.querySelector(`+strconv.Quote(selector)+`)`)
	p.Ask(`(() => {
		const field = document.querySelector(` + strconv.Quote(selector) + `);
		field.value = ` + strconv.Quote(text) + `;
		field.dispatchEvent(new Event("input", { bubbles: true }));
		return "done";
	})()`)
}
