package robot_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/vision"
)

func TestAnOrderIsDrivenLookedAtAndHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		view := n.view("B07-front-1")
		n.order("o1", view)
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })

		if len(n.seen()) != 1 {
			t.Fatalf("%d observations, want 1", len(n.seen()))
		}
		o := n.seen()[0]
		if o.Seq != 1 || o.OrderID != "o1" || o.ActionID != "o1-look" || o.Viewpoint != view.ID || o.Rack != "B07" ||
			o.Failed != "" || o.Air == nil || o.SitePackage != n.packageName {
			t.Errorf("observation %+v", o)
		}
		for _, ref := range o.Evidence {
			if n.pictures[ref.SHA256] == nil {
				t.Errorf("picture %s did not come", ref.SHA256)
			}
		}
		if s := n.state(); s.LastNodeID != view.Node || len(s.NodeStates) != 0 || s.OrderID != "o1" {
			t.Errorf("state %+v", s)
		}
		node := n.node(view.Node)
		if off := distance(n.legs.truth, node.X, node.Y); off > 0.05 {
			t.Errorf("the robot stands %.2f m beside the node", off)
		}
		if got := n.legs.mast; got != view.MastM {
			t.Errorf("mast at %.2f m, want %.2f", got, view.MastM)
		}
		if n.box.Status().Uncovered != 0 {
			t.Error("the receipt did not cover the observation")
		}
	})
}

func TestAFindingIsLookedAtTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		view, device, led := n.lightWithMeaning()
		shown := led.Meanings[0].LEDState
		n.eyes.readings = []vision.LEDReading{{
			Device: device.ID, LED: led.Name, Colour: shown.Colour, Pattern: shown.Pattern, RateHz: shown.RateHz, Confidence: 0.99,
		}}
		n.order("o1", view)
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })
		if len(n.seen()) != 2 {
			t.Fatalf("%d observations, want 2", len(n.seen()))
		}
		first, second := n.seen()[0], n.seen()[1]
		if second.SecondLookOf != first.Seq || first.SecondLookOf != 0 || len(second.Findings) == 0 {
			t.Errorf("first %+v, second %+v", first, second)
		}
		if n.camera.exposures[1] != n.camera.exposures[0]/2 {
			t.Errorf("exposures %v, want the second half of the first", n.camera.exposures)
		}
		if n.camera.poses[0] == n.camera.poses[1] {
			t.Error("the second look was taken from the same pose")
		}
	})
}

func TestALookThatFailsTwiceFailsTheActionAndIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.eyes.err = errors.New("vision process died")
		n.order("o1", n.view("B07-front-1"))
		n.until("the action has failed", func() bool { return n.action("o1-look") == vda5050.ActionFailed })
		if len(n.seen()) != 2 || n.seen()[0].Failed == "" || n.seen()[1].Failed == "" {
			t.Errorf("observations %+v, want two failed looks", n.seen())
		}
	})
}

func TestEmergencyStopHoldsTheRobotAndItGoesOnAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.order("o1", n.view("B07-front-1"))
		n.until("it drives", func() bool { return n.state().Driving && n.state().LastNodeSequenceID >= 2 })
		n.legs.set(func(l *legs) { l.estop = true })
		n.until("it says so", func() bool { return n.state().SafetyState.ActiveEmergencyStop == vda5050.EStopManual })
		n.until("it stands", func() bool { return !n.state().Driving })
		before := n.state().LastNodeID
		time.Sleep(30 * time.Second)
		if n.state().LastNodeID != before {
			t.Error("the robot drove on under an emergency stop")
		}
		n.legs.set(func(l *legs) { l.estop = false })
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })
	})
}

func TestAKilledAgentGoesOnWithItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.order("o1", n.view("B07-front-1"))
		n.until("it is under way", func() bool { return n.state().LastNodeSequenceID >= 4 })
		n.kill()
		n.start()
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })
		if o := n.seen()[len(n.seen())-1]; o.OrderID != "o1" {
			t.Errorf("observation %+v", o)
		}
	})
}

func TestABaseThatRestartsIsTakenToStandWhereItStood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.order("o1", n.view("B07-front-1"))
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })
		n.legs.set(func(l *legs) { l.odometry = maps.Pose{X: -40, Y: 7, ThetaRad: 2} })
		time.Sleep(2 * time.Second)
		p := n.state().MobileRobotPosition
		if distance(n.legs.truth, p.X, p.Y) > 0.05 {
			t.Errorf("position %+v, but the robot stands at %+v", p, n.legs.truth)
		}
	})
}

func TestTagsCorrectADriftingOdometry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.legs.scale = 1.01 // it counts 1 % too little
		n.start()
		n.order("o1", n.view("B07-front-1"))
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })
		time.Sleep(2 * time.Second)
		p := n.state().MobileRobotPosition
		if off := distance(n.legs.truth, p.X, p.Y); off > 0.005 {
			t.Errorf("%.3f m off after a look at tags", off)
		}
	})
}

func TestWhatIsSeenOfflineComesWhenTheConnectionIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.order("o1", n.view("B07-front-1"))
		n.until("it is under way", func() bool { return n.state().LastNodeSequenceID >= 2 })
		n.net.Disconnect()
		time.Sleep(5 * time.Minute)
		if len(n.seen()) != 0 || n.box.Status().Uncovered != 1 {
			t.Fatalf("%d came, %+v", len(n.seen()), n.box.Status())
		}
		n.setDeaf(true) // the first try gets no receipt
		n.net.Connect()
		n.until("it comes", func() bool { return len(n.seen()) == 1 })
		n.setDeaf(false)
		n.until("it comes again", func() bool { return len(n.seen()) == 2 && n.box.Status().Uncovered == 0 })
		if n.seen()[0].Seq != n.seen()[1].Seq {
			t.Error("the same observation came with another seq")
		}
	})
}

func TestANewControllerIsGreetedUntilItSendsAReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.mute = true
		n.start()
		n.until("it greets", func() bool { return n.net.Announced() >= 2 })
	})
}

func TestCancelOrderStopsTheRobotBetweenNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.order("o1", n.view("B07-front-1"))
		n.until("it drives", func() bool { return n.state().Driving && n.state().LastNodeSequenceID >= 2 })
		n.instant(vda5050.Instant(vda5050.CancelOrder, "c1", "orderId", "o1"))
		n.until("it is cancelled", func() bool { return n.action("c1") == vda5050.ActionFinished })
		if s := n.state(); s.Driving || len(s.NodeStates) != 0 || n.action("o1-look") != vda5050.ActionFailed {
			t.Errorf("state %+v", s)
		}
	})
}

func TestAnIdleRobotInItsDockChargesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.legs.battery = 40
		n.start()
		n.until("it charges", func() bool { return n.state().PowerSupply.Charging })
		n.order("o1", n.view("B07-front-1"))
		n.until("it leaves", func() bool { return n.state().Driving && !n.state().PowerSupply.Charging })
	})
}

func TestChargingByOrderAndLowBattery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.legs.battery = 15
		n.start()
		n.until("it says that it is low", func() bool {
			return slices.ContainsFunc(n.state().Errors, func(e vda5050.Error) bool { return e.ErrorType == robot.BatteryLow })
		})
		n.instant(vda5050.Instant(vda5050.StartCharging, "charge"))
		n.until("it charges", func() bool { return n.action("charge") == vda5050.ActionFinished && n.state().PowerSupply.Charging })
		n.instant(vda5050.Instant(vda5050.StopCharging, "enough"))
		n.until("it stops", func() bool { return n.action("enough") == vda5050.ActionFinished })
	})
}

func TestABlockedWayIsTriedAgainAndThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.legs.set(func(l *legs) { l.fail = firmware.ErrBlocked })
		n.order("o1", n.view("B07-front-1"))
		n.until("it gives up", func() bool {
			return slices.ContainsFunc(n.state().Errors, func(e vda5050.Error) bool { return e.ErrorType == vda5050.NodeUnreachable })
		})
		if n.legs.tries < 2 {
			t.Errorf("%d tries, want more than one", n.legs.tries)
		}
	})
}

func TestASitePackageComesByDownloadMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		content := n.options.Package
		n.options.Package = nil
		served := content
		n.options.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (int, []byte) {
			if !strings.HasSuffix(r.URL.Path, n.packageName+".zip") {
				return http.StatusNotFound, nil
			}
			return http.StatusOK, served
		})}
		n.start()
		download := func(id, version string) {
			n.instant(vda5050.Instant(vda5050.DownloadMap, id, "mapId", "hall-1", "mapVersion", version,
				"mapDownloadLink", "http://controller/api/v1/packages/"+version+".zip"))
		}
		served = content[:len(content)/2]
		download("torn", n.packageName)
		n.until("a torn one is refused", func() bool { return n.action("torn") == vda5050.ActionFailed })
		download("none", strings.Repeat("0", 64))
		n.until("one that is not there is refused", func() bool { return n.action("none") == vda5050.ActionFailed })
		served = content
		download("good", n.packageName)
		n.until("it comes", func() bool { return n.action("good") == vda5050.ActionFinished })
		n.instant(vda5050.Instant(vda5050.EnableMap, "enable", "mapId", "hall-1", "mapVersion", n.packageName))
		n.until("it is enabled", func() bool { return n.action("enable") == vda5050.ActionFinished })
		if m := n.state().Maps; len(m) != 1 || m[0].MapVersion != n.packageName || m[0].MapStatus != vda5050.MapEnabled {
			t.Errorf("maps %+v", m)
		}
		n.kill()
		n.start()
		n.order("o1", n.view("B07-front-1"))
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })
	})
}

func TestAnUnknownViewpointIsRefusedWithTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		view := n.view("B07-front-1")
		view.ID = "Z99-front-1"
		n.order("o1", view)
		n.until("it is refused", func() bool {
			return slices.ContainsFunc(n.state().Errors, func(e vda5050.Error) bool { return e.ErrorType == vda5050.InvalidOrderAction })
		})
	})
}

func TestFactsheetIsSentAtConnectAndOnRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		n.until("it comes", func() bool { return n.sheets() == 1 })
		n.instant(vda5050.Instant(vda5050.FactsheetRequest, "f"))
		n.until("it comes again", func() bool { return n.sheets() == 2 })
	})
}

func TestARobotThatWasNeverToldWhereItIsTakesItFromAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		start := *n.options.Start
		n.options.Start = nil
		n.start()
		n.until("it says that it is lost", func() bool { return !n.state().MobileRobotPosition.Localized })
		params := []vda5050.ActionParameter{
			{Key: "x", Value: start.Pose.X}, {Key: "y", Value: start.Pose.Y}, {Key: "theta", Value: start.Pose.ThetaRad},
			{Key: "mapId", Value: start.Hall}, {Key: "lastNodeId", Value: "here"},
		}
		n.instant(vda5050.Action{ActionType: vda5050.InitializePosition, ActionID: "init", BlockingType: vda5050.BlockingNone, ActionParameters: params})
		n.until("it knows", func() bool { return n.state().MobileRobotPosition.Localized })
		if p := n.state().MobileRobotPosition; distance(start.Pose, p.X, p.Y) > 1e-6 || n.state().LastNodeID != "here" {
			t.Errorf("position %+v", p)
		}
	})
}

func TestNonsenseFromTheFleetDoesNotStopTheRobot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t)
		n.start()
		for _, kind := range []string{vda5050.KindOrder, vda5050.KindInstantActions, link.KindReceipt, vda5050.KindZoneSet} {
			n.net.Say(kind, []byte(`{"orderId": 7`))
		}
		n.order("o1", n.view("B07-front-1"))
		n.until("the look is done", func() bool { return n.action("o1-look") == vda5050.ActionFinished })
	})
}

func TestNewNamesAllThatIsMissing(t *testing.T) {
	_, err := robot.New(robot.Options{})
	for _, want := range []string{"identity", "folder", "link", "base", "camera", "eyes", "outbox"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
}
