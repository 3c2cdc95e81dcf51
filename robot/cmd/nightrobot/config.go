package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot"
	"github.com/nightrounds/nightrounds/robot/camera"
)

// config is a real robot's configuration file.
type config struct {
	Broker       string       `yaml:"broker"`       // mqtt://host:port or mqtts://host:port
	Site         string       `yaml:"site"`         // first level of every topic
	Manufacturer string       `yaml:"manufacturer"` // nightrounds when empty
	Serial       string       `yaml:"serial"`
	PasswordFile string       `yaml:"passwordFile"`
	Data         string       `yaml:"data"`    // the robot's memory
	Base         string       `yaml:"base"`    // serial:/dev/ttyACM0:115200 or udp:host:port
	I2C          string       `yaml:"i2c"`     // name of the bus; empty: the first
	Thermal      string       `yaml:"thermal"` // mlx90640 (also when empty), lepton, or none
	SPI          string       `yaml:"spi"`     // name of the Lepton's port; empty: the first
	Package      string       `yaml:"package"` // site folder to begin with; may be empty
	Start        *startConfig `yaml:"start"`   // where the robot stands at its very first start
	Camera       cameraConfig `yaml:"camera"`
}

// startConfig is a pose in a hall's frame, m and degrees.
type startConfig struct {
	Hall     string  `yaml:"hall"`
	X        float64 `yaml:"x"`
	Y        float64 `yaml:"y"`
	ThetaDeg float64 `yaml:"thetaDeg"`
}

// cameraConfig is the visual camera: the device, and its calibration as OpenCV gives it.
type cameraConfig struct {
	Device   string     `yaml:"device"`
	Width    int        `yaml:"width"` // px, of the upright picture
	Height   int        `yaml:"height"`
	Rotate   int        `yaml:"rotate"`  // degrees clockwise: 0, 90, 180 or 270
	Seconds  float64    `yaml:"seconds"` // of a burst; 4 when 0
	FPS      float64    `yaml:"fps"`     // 30 when 0
	FX       float64    `yaml:"fx"`      // px
	FY       float64    `yaml:"fy"`
	CX       float64    `yaml:"cx"`
	CY       float64    `yaml:"cy"`
	Dist     [5]float64 `yaml:"dist"` // k1 k2 p1 p2 k3
	Exposure string     `yaml:"exposure"`
}

// The thermal sensors of a configuration.
const (
	thermalArray  = "mlx90640"
	thermalLepton = "lepton"
	thermalNone   = "none"
)

// mostConfig bounds a configuration file, in bytes.
const mostConfig = 1 << 20

// readConfig reads and checks a configuration file; the error lists all faults.
func readConfig(path string) (*config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, mostConfig))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("--config %s: %w", path, err)
	}
	c, err := parseConfig(text)
	if err == nil {
		err = readable(c.PasswordFile)
	}
	if err != nil {
		return nil, fmt.Errorf("--config %s: %w", path, err)
	}
	return c, nil
}

// parseConfig reads a configuration; unknown fields are faults.
func parseConfig(text []byte) (*config, error) {
	c := config{Manufacturer: "nightrounds"}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return nil, err
	}
	if err := errors.Join(c.faults()...); err != nil {
		return nil, err
	}
	return &c, nil
}

func (c *config) faults() []error {
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	for name, value := range map[string]string{
		"broker": c.Broker, "site": c.Site, "serial": c.Serial, "passwordFile": c.PasswordFile, "data": c.Data,
		"base": c.Base, "camera.device": c.Camera.Device,
	} {
		need(value != "", "%s: is missing", name)
	}
	need(!strings.ContainsAny(c.Site, "/+# "), "site: %q cannot be a level of a topic", c.Site)
	need(slices.Contains([]string{"", thermalArray, thermalLepton, thermalNone}, c.Thermal),
		"thermal: %q is not mlx90640, lepton or none", c.Thermal)
	k := c.Camera
	need(k.Width > 0 && k.Width <= 10000 && k.Height > 0 && k.Height <= 10000, "camera: width and height must be the picture's, in px")
	need(k.Rotate == 0 || k.Rotate == 90 || k.Rotate == 180 || k.Rotate == 270, "camera.rotate: %d is not 0, 90, 180 or 270", k.Rotate)
	need(k.FX > 0 && k.FY > 0 && k.CX > 0 && k.CY > 0, "camera: fx, fy, cx and cy must be the calibration's, in px")
	need(k.Seconds >= 0 && k.Seconds <= 60, "camera.seconds: %v is not in 0..60", k.Seconds)
	need(k.FPS >= 0 && k.FPS <= 240, "camera.fps: %v is not in 0..240", k.FPS)
	_, err := k.exposure()
	need(err == nil, "camera.exposure: %v", err)
	if c.Start != nil {
		need(c.Start.Hall != "", "start.hall: is missing")
		need(!math.IsInf(c.Start.X+c.Start.Y+c.Start.ThetaDeg, 0) && !math.IsNaN(c.Start.X+c.Start.Y+c.Start.ThetaDeg),
			"start: x, y and thetaDeg must be numbers")
	}
	return faults
}

func (c *config) id() wire.RobotID {
	return wire.RobotID{Manufacturer: c.Manufacturer, SerialNumber: c.Serial}
}

func (c *config) start() *robot.Start {
	if c.Start == nil {
		return nil
	}
	return &robot.Start{Hall: c.Start.Hall, Pose: maps.Pose{X: c.Start.X, Y: c.Start.Y, ThetaRad: c.Start.ThetaDeg * math.Pi / 180}}
}

// exposure is that of a first look; 0 leaves it to the camera.
func (k cameraConfig) exposure() (time.Duration, error) {
	if k.Exposure == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(k.Exposure)
	if err == nil && (d <= 0 || d > time.Second) {
		err = fmt.Errorf("%s is not in 0..1 s", d)
	}
	return d, err
}

func (k cameraConfig) burst() camera.Spec {
	exposure, _ := k.exposure() // checked with the file
	return camera.Spec{Duration: time.Duration(k.Seconds * float64(time.Second)), FPS: k.FPS, Exposure: exposure}
}
