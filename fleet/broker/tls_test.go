package broker_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/broker"
)

// An authority signs certificates that last an hour.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	c := a.sign(t, "authority", true)
	cert, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	key, ok := c.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatal("not an ECDSA key")
	}
	a.cert, a.key = cert, key
	a.pool.AddCert(cert)
	return a
}

func (a *authority) sign(t *testing.T, commonName string, ca bool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: commonName},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: ca, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if ca {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestWithClientCAsARobotNeedsItsOwnCertificate(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	b := start(t, broker.Options{TLS: &tls.Config{
		Certificates: []tls.Certificate{a.sign(t, "broker", false)}, ClientCAs: a.pool, MinVersion: tls.VersionTLS12,
	}})
	password := enroll(t, b, victim)
	user, controllerPassword := b.ControllerLogin()
	id := victim.ClientID()
	for name, c := range map[string]struct {
		user, password string
		certs          []tls.Certificate
		in             bool
	}{
		"its own":                  {id, password, []tls.Certificate{a.sign(t, id, false)}, true},
		"none":                     {id, password, nil, false},
		"another robot's":          {id, password, []tls.Certificate{a.sign(t, attacker.ClientID(), false)}, false},
		"of a stranger":            {id, password, []tls.Certificate{stranger.sign(t, id, false)}, false},
		"its own, wrong password":  {id, "x", []tls.Certificate{a.sign(t, id, false)}, false},
		"the controller with none": {user, controllerPassword, nil, true},
	} {
		o, cl := options(b.MQTTAddr(), c.user, c.user, c.password)
		o.Servers = nil
		o.AddBroker("ssl://" + b.MQTTAddr()).SetTLSConfig(&tls.Config{RootCAs: a.pool, Certificates: c.certs, MinVersion: tls.VersionTLS12})
		err := cl.connect(o)
		if (err == nil) != c.in {
			t.Errorf("%s: %v", name, err)
		}
		cl.Disconnect(0)
	}
}
