package machine

import "time"

// The file as it is written. Types that are embedded have capitals: the reader sets their fields.
type file struct {
	Redfish    []redfishFile    `yaml:"redfish"`
	SNMP       []snmpFile       `yaml:"snmp"`
	Modbus     []modbusFile     `yaml:"modbus"`
	Prometheus []prometheusFile `yaml:"prometheus"`
	MQTT       []mqttFile       `yaml:"mqtt"`
}

// SourceFile is what all sources have in common, as written.
type SourceFile struct {
	ID     string        `yaml:"id" must:"true"`
	Within time.Duration `yaml:"within"`
}

// PointFile is what all points have in common, as written.
type PointFile struct {
	Device   string        `yaml:"device"`
	Rack     string        `yaml:"rack"`
	Supply   string        `yaml:"supply"`
	Name     string        `yaml:"name"`
	Part     string        `yaml:"part"`
	Quantity string        `yaml:"quantity" must:"true"`
	Unit     string        `yaml:"unit"`
	Scale    *float64      `yaml:"scale"`
	Offset   float64       `yaml:"offset"`
	Low      *float64      `yaml:"low"`
	High     *float64      `yaml:"high"`
	Normal   []float64     `yaml:"normal"`
	Usual    *float64      `yaml:"usual"`
	MaxAge   time.Duration `yaml:"max_age"`
}

type redfishFile struct {
	SourceFile
	Device      string     `yaml:"device" must:"true"`
	Address     string     `yaml:"address" must:"true"`
	Login       loginFile  `yaml:"login" must:"true"`
	Basic       bool       `yaml:"basic"`
	Certificate string     `yaml:"certificate_sha256"`
	Parts       []partFile `yaml:"parts"`
}

// A loginFile is a user and a password: each in an environment variable, or both in a file of the controller's machine, the
// user on its first line and the password on its second.
type loginFile struct {
	UserEnv     string `yaml:"user_env"`
	PasswordEnv string `yaml:"password_env"`
	File        string `yaml:"file"`
}

type partFile struct {
	Name  string `yaml:"name" must:"true"`
	Light string `yaml:"light" must:"true"`
}

type snmpFile struct {
	SourceFile
	Address      string          `yaml:"address" must:"true"`
	Version      string          `yaml:"version" must:"true"`
	CommunityEnv string          `yaml:"community_env"`
	UserEnv      string          `yaml:"user_env"`
	Auth         string          `yaml:"auth"`
	AuthEnv      string          `yaml:"auth_env"`
	Privacy      string          `yaml:"privacy"`
	PrivacyEnv   string          `yaml:"privacy_env"`
	Points       []snmpPointFile `yaml:"points"`
	Outlets      *outletsFile    `yaml:"outlets"`
}

type snmpPointFile struct {
	PointFile
	OID string `yaml:"oid" must:"true"`
}

type outletsFile struct {
	PDU   string     `yaml:"pdu" must:"true"`
	Table string     `yaml:"table" must:"true"`
	Plugs []plugFile `yaml:"plugs" must:"true"`
	// OffFor is how long a cycle leaves an outlet off.
	OffFor time.Duration `yaml:"off_for"`
}

type plugFile struct {
	Outlet string `yaml:"outlet" must:"true"`
	Device string `yaml:"device" must:"true"`
	Port   string `yaml:"port" must:"true"`
}

type modbusFile struct {
	SourceFile
	Address   string         `yaml:"address" must:"true"`
	Unit      int            `yaml:"unit"`
	Registers []registerFile `yaml:"registers" must:"true"`
	SetPoint  *setPointFile  `yaml:"setpoint"`
}

type setPointFile struct {
	Cooling  string       `yaml:"cooling" must:"true"`
	Register int          `yaml:"register" must:"true"`
	Type     string       `yaml:"type"`
	Words    string       `yaml:"words"` // high-first or low-first
	Scale    *float64     `yaml:"scale"`
	Offset   float64      `yaml:"offset"`
	Min      *float64     `yaml:"min" must:"true"`
	Max      *float64     `yaml:"max" must:"true"`
	Identity identityFile `yaml:"identity" must:"true"`
}

type identityFile struct {
	Register int    `yaml:"register" must:"true"`
	Words    int    `yaml:"words" must:"true"`
	Text     string `yaml:"text" must:"true"`
}

type registerFile struct {
	PointFile
	Register int    `yaml:"register" must:"true"`
	Table    string `yaml:"table"` // holding or input
	Type     string `yaml:"type"`
	Words    string `yaml:"words"` // high-first or low-first
}

type prometheusFile struct {
	SourceFile
	Address  string      `yaml:"address" must:"true"`
	TokenEnv string      `yaml:"token_env"`
	Queries  []queryFile `yaml:"queries" must:"true"`
}

type queryFile struct {
	PointFile
	Query string `yaml:"query" must:"true"`
	Each  string `yaml:"each"` // device or rack: the query is asked for each, with $device or $rack in it
}

type mqttFile struct {
	SourceFile
	Topics []topicFile `yaml:"topics" must:"true"`
}

type topicFile struct {
	PointFile
	Topic string `yaml:"topic" must:"true"`
	Field string `yaml:"field"`
}
