// Made from crds/midregistrar.yaml by `npm run generate`: edit that file, not this one.
import type { Schema } from './schema.ts';

/* Types of a resource whose defaults have been filled in. */
/**
 * A proxy in front of a PBX. It mirrors the registrations that the PBX accepts, delivers MESSAGEs itself and passes everything else through.
 */
export interface MidRegistrar {
  /**
   * midregistrar.dev/v1.
   */
  apiVersion: string;
  /**
   * MidRegistrar.
   */
  kind: string;
  metadata: Metadata;
  spec: MidRegistrarSpec;
}
export interface Metadata {
  name: string;
}
/**
 * The PBX, who may reach it through this proxy, and how.
 */
export interface MidRegistrarSpec {
  /**
   * The SIP domains that are served, as they stand in the addresses of users, without regard to case. A request for a user of another domain is not relayed as one of ours. A change is live.
   *
   * Items: A host name or an IP address, IPv6 without brackets.
   */
  domains: string[];
  upstream: Upstream;
  /**
   * The sockets that phones and the PBX reach this proxy by. Default UDP and TCP on port 5060 of all IPv4 addresses. A change opens, reopens or closes only those listeners that it touches.
   */
  listeners: Listener[];
  registration: Registration;
  messaging: Messaging;
  store: Store;
  security: Security;
}
/**
 * The PBX.
 */
export interface Upstream {
  /**
   * Where the PBX is reached; one endpoint for now. Only from the addresses of its endpoints is a request taken as the PBX's.
   */
  endpoints: Endpoint[];
  /**
   * How long the PBX may take to answer a request that is no INVITE, in seconds; then the phone is answered 504. Well under the 32 s for which a phone waits (timer F). Default 10. A change is live for requests to come.
   */
  responseTimeoutSeconds: number;
}
/**
 * One address of the PBX.
 */
export interface Endpoint {
  /**
   * What logs, metrics and bindings call the endpoint. A change is live; bindings keep the name that they were accepted under.
   */
  name: string;
  /**
   * The PBX's host name or IP address, IPv6 without brackets. A name is looked up again every 30 s. A change is live.
   */
  host: string;
  /**
   * The port on which the PBX takes SIP. Default 5060. A change is live.
   */
  port: number;
  /**
   * How the PBX is spoken to; a listener of the same transport is needed. Default UDP. A change is live.
   */
  transport: "UDP" | "TCP";
  /**
   * How requests of more than 1,300 bytes go to an endpoint of transport UDP. TCP, as RFC 3261 §18.1.1 asks, with UDP again where the endpoint refuses TCP; or UDP always. Default TCP. A change is live.
   */
  oversizeTransport: "TCP" | "UDP";
}
/**
 * One socket.
 */
export interface Listener {
  /**
   * What logs, metrics and bindings call the listener. A change closes the TCP connections of this listener.
   */
  name: string;
  /**
   * UDP or TCP. Default UDP. A change reopens this listener.
   */
  transport: "UDP" | "TCP";
  /**
   * The local IP address to listen on, IPv6 without brackets; "0.0.0.0" is all IPv4 and "::" all IPv6 addresses. Default "0.0.0.0". A change reopens this listener.
   */
  address: string;
  /**
   * The local port. Default 5060. A change reopens this listener.
   */
  port: number;
  advertised?: Advertised;
}
/**
 * By what address others are told to reach this listener, where it is another than its own (behind NAT, a load balancer, on all addresses). Default its own address; where it listens on all, the machine's first of that IP version. A change is live.
 */
export interface Advertised {
  phones?: AdvertisedAddress;
  upstream?: AdvertisedAddress;
}
/**
 * The address that phones are told (Via, Record-Route). Default as above. A change is live.
 */
export interface AdvertisedAddress {
  /**
   * A host name or an IP address, IPv6 without brackets. A change is live.
   */
  host: string;
  /**
   * Default the listener's port. A change is live.
   */
  port?: number;
}
/**
 * How REGISTERs are relayed and what is kept of the PBX's answers.
 */
export interface Registration {
  /**
   * Mirror: each REGISTER goes to the PBX and the store becomes what its 2xx says. Default Mirror. A change is live.
   */
  mode: "Mirror";
  /**
   * How calls from the PBX find back to the phone through this proxy. Contact: the PBX is shown a contact at this proxy (works with any PBX). Path: a Path header is put on top (RFC 3327; the PBX must honour it). None: nothing is put in, and the PBX calls phones directly. Default Contact. A change is live; each registration changes when it is refreshed.
   */
  insertion: "Contact" | "Path" | "None";
  /**
   * The shortest registration that may be asked for, in seconds; a REGISTER for less is answered 423 with Min-Expires. 0 lets the PBX alone decide. Default 0. A change is live for REGISTERs to come.
   */
  minExpiresSeconds: number;
  /**
   * The longest that a binding is kept, in seconds, whatever the PBX grants. Default 86400. A change is live for REGISTERs to come.
   */
  maxExpiresSeconds: number;
  /**
   * How many contacts are kept for one user; a REGISTER that would exceed it is answered 403. Default 10. A change is live for REGISTERs to come.
   */
  maxContactsPerAor: number;
  /**
   * What the contacts in the PBX's 2xx are. Complete: all of the user (RFC 3261 §10.3), so that a binding it lacks is gone. Partial: only those of this REGISTER, so that the others stay until they expire. Auto: Partial until the PBX has been seen to list others, from then on Complete. Default Auto. A change is live.
   */
  replyContacts: "Auto" | "Complete" | "Partial";
  /**
   * What is done with contacts in the PBX's 2xx that did not come through this proxy. Keep: they are kept, marked as foreign, and MESSAGEs reach them too. Ignore: they are not kept. Default Keep. A change is live for REGISTERs to come.
   */
  foreignContacts: "Keep" | "Ignore";
}
/**
 * Which MESSAGEs are delivered, and what becomes of the others.
 */
export interface Messaging {
  /**
   * Who may send a MESSAGE to a user of a served domain, beside the PBX. Registered: only who has registered as the user in From over the same flow; others are answered 403. Any: everybody. Default Registered. A change is live.
   */
  senders: "Registered" | "Any";
  /**
   * What becomes of a MESSAGE to a user who is not registered. Reject: it is answered 404. Default Reject. A change is live.
   */
  onUnregistered: "Reject";
  /**
   * The content types that a MESSAGE may have, without regard to case; another is answered 415 with this list in Accept. Default text of all kinds, CPIM, delivery notifications (IMDN), "is composing" and RCS file transfer. A change is live.
   *
   * Items: type/subtype, type/* or * /*, without parameters.
   */
  contentTypes: string[];
  /**
   * The largest body of a MESSAGE, in bytes; a larger one is answered 413. Default 16384. A change is live.
   */
  maxBytes: number;
  /**
   * The largest MESSAGE on a UDP hop, in bytes and headers included; a larger one is answered 413 where it comes by UDP, and delivered to contacts on TCP only (RFC 3428 §8). Default 1300. A change is live.
   */
  maxUdpBytes: number;
}
/**
 * Where bindings are kept.
 */
export interface Store {
  /**
   * Durable: in memory and on disk, so that bindings survive a crash; a phone gets its 200 after the write. Memory: gone at a restart. Default Durable. A change needs a restart.
   */
  type: "Durable" | "Memory";
  /**
   * How many bindings are kept in all; a REGISTER that would exceed it is answered 503. Default 1000000. A change needs a restart.
   */
  maxBindings: number;
}
/**
 * Bounds on what peers may ask of this proxy.
 */
export interface Security {
  /**
   * The largest SIP message that is read, in bytes and body included. A larger datagram is dropped, a connection that sends a larger message is closed. Default 65535. A change is live for connections to come.
   */
  maxMessageBytes: number;
  /**
   * How many TCP connections are held open in all; further ones are closed at once. Default 10000. A change is live for connections to come.
   */
  maxConnections: number;
  /**
   * How many TCP connections one IP address may hold open; further ones are closed at once. Default 100. A change is live for connections to come.
   */
  maxConnectionsPerSource: number;
  /**
   * How long a TCP connection may be silent before it is closed, in seconds. Default 900. A change is live.
   */
  connectionIdleSeconds: number;
  /**
   * How many SIP transactions are held at a time; a request beyond is answered 503. Default 500000. A change is live.
   */
  maxTransactions: number;
  /**
   * The networks that may reach this proxy at all; whatever others send is dropped. The PBX always may. Default none named, which is everybody. A change is live.
   *
   * Items: A network in CIDR notation, or one IP address.
   */
  allowedSources: string[];
}

/** The resource's schema (openAPIV3Schema of v1), without descriptions. */
export const SCHEMA: Schema = {
 "type": "object",
 "required": [
  "spec"
 ],
 "x-kubernetes-validations": [
  {
   "rule": "size(self.metadata.name) <= 48 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
   "message": "metadata.name must be a DNS label of at most 48 characters (a-z, 0-9 and - inside), for other names are made of it"
  }
 ],
 "properties": {
  "apiVersion": {
   "type": "string"
  },
  "kind": {
   "type": "string"
  },
  "metadata": {
   "type": "object"
  },
  "spec": {
   "type": "object",
   "required": [
    "domains",
    "upstream"
   ],
   "x-kubernetes-validations": [
    {
     "rule": "self.upstream.endpoints.all(e, self.listeners.exists(l, l.transport == e.transport))",
     "message": "the endpoint's transport needs a listener of that transport, for the PBX reaches phones through it; add one or change the endpoint's transport"
    },
    {
     "rule": "self.upstream.endpoints.all(e, !isIP(e.host) || !self.listeners.exists(l, l.transport == e.transport) || self.listeners.exists(l, l.transport == e.transport && isIP(l.address) && ip(l.address).family() == ip(e.host).family()))",
     "message": "the endpoint's address needs a listener of its transport and IP version; add one with an address of that version"
    },
    {
     "rule": "!self.upstream.endpoints.exists(e, self.listeners.exists(l, l.port == e.port && isIP(l.address) && (isIP(e.host) ? ip(l.address) == ip(e.host) || (ip(l.address).isUnspecified() && ip(e.host).isLoopback() && ip(l.address).family() == ip(e.host).family()) : e.host.lowerAscii() == 'localhost' && (ip(l.address).isUnspecified() || ip(l.address).isLoopback()))))",
     "message": "the endpoint is one of this proxy's own listeners, and a proxy that fronts itself loops; give one of them another port or address"
    },
    {
     "rule": "!self.upstream.endpoints.exists(e, self.listeners.exists(l, has(l.advertised) && ((has(l.advertised.phones) && l.advertised.phones.host.lowerAscii() == e.host.lowerAscii() && (has(l.advertised.phones.port) ? l.advertised.phones.port : l.port) == e.port) || (has(l.advertised.upstream) && l.advertised.upstream.host.lowerAscii() == e.host.lowerAscii() && (has(l.advertised.upstream.port) ? l.advertised.upstream.port : l.port) == e.port))))",
     "message": "the endpoint is an address that this proxy advertises as its own, and a proxy that fronts itself loops; name the PBX's own address"
    },
    {
     "rule": "self.registration.minExpiresSeconds <= self.registration.maxExpiresSeconds",
     "message": "registration.minExpiresSeconds must not exceed registration.maxExpiresSeconds; lower the one or raise the other"
    },
    {
     "rule": "self.messaging.maxBytes <= self.security.maxMessageBytes",
     "message": "messaging.maxBytes must not exceed security.maxMessageBytes, for a body is a part of its message; lower the one or raise the other"
    },
    {
     "rule": "self.messaging.maxUdpBytes <= self.security.maxMessageBytes",
     "message": "messaging.maxUdpBytes must not exceed security.maxMessageBytes, for nothing larger is read; lower the one or raise the other"
    }
   ],
   "properties": {
    "domains": {
     "type": "array",
     "minItems": 1,
     "maxItems": 64,
     "x-kubernetes-list-type": "set",
     "x-kubernetes-validations": [
      {
       "rule": "self.all(a, self.exists_one(b, a.lowerAscii() == b.lowerAscii()))",
       "message": "domains are the same whatever their case; name each once"
      }
     ],
     "items": {
      "type": "string",
      "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
      "minLength": 1,
      "maxLength": 253,
      "anyOf": [
       {
        "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
       },
       {
        "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
       },
       {
        "format": "ipv6",
        "pattern": "^[0-9A-Fa-f:]+$"
       }
      ]
     }
    },
    "upstream": {
     "type": "object",
     "required": [
      "endpoints"
     ],
     "properties": {
      "endpoints": {
       "type": "array",
       "minItems": 1,
       "maxItems": 1,
       "x-kubernetes-list-type": "map",
       "x-kubernetes-list-map-keys": [
        "name"
       ],
       "items": {
        "type": "object",
        "required": [
         "name",
         "host"
        ],
        "x-kubernetes-validations": [
         {
          "rule": "self.host != '0.0.0.0' && self.host != '::'",
          "message": "an endpoint's host must be an address that can be sent to, not \"all addresses\"; name the PBX's own"
         }
        ],
        "properties": {
         "name": {
          "type": "string",
          "title": "a DNS label (a-z, 0-9 and - inside)",
          "minLength": 1,
          "maxLength": 63,
          "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
         },
         "host": {
          "type": "string",
          "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
          "minLength": 1,
          "maxLength": 253,
          "anyOf": [
           {
            "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
           },
           {
            "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
           },
           {
            "format": "ipv6",
            "pattern": "^[0-9A-Fa-f:]+$"
           }
          ]
         },
         "port": {
          "type": "integer",
          "minimum": 1,
          "maximum": 65535,
          "default": 5060
         },
         "transport": {
          "type": "string",
          "enum": [
           "UDP",
           "TCP"
          ],
          "default": "UDP"
         },
         "oversizeTransport": {
          "type": "string",
          "enum": [
           "TCP",
           "UDP"
          ],
          "default": "TCP"
         }
        }
       }
      },
      "responseTimeoutSeconds": {
       "type": "integer",
       "minimum": 1,
       "maximum": 30,
       "default": 10
      }
     }
    },
    "listeners": {
     "type": "array",
     "minItems": 1,
     "maxItems": 8,
     "default": [
      {
       "name": "udp",
       "transport": "UDP",
       "address": "0.0.0.0",
       "port": 5060
      },
      {
       "name": "tcp",
       "transport": "TCP",
       "address": "0.0.0.0",
       "port": 5060
      }
     ],
     "x-kubernetes-list-type": "map",
     "x-kubernetes-list-map-keys": [
      "name"
     ],
     "x-kubernetes-validations": [
      {
       "rule": "self.all(a, self.exists_one(b, a.transport == b.transport && a.port == b.port && isIP(a.address) && isIP(b.address) && (ip(a.address) == ip(b.address) || (ip(a.address).family() == ip(b.address).family() && (ip(a.address).isUnspecified() || ip(b.address).isUnspecified())))))",
       "message": "two listeners of one transport and port need different addresses, neither of them \"all addresses\"; give one another port or address"
      }
     ],
     "items": {
      "type": "object",
      "required": [
       "name"
      ],
      "properties": {
       "name": {
        "type": "string",
        "title": "a DNS label (a-z, 0-9 and - inside)",
        "minLength": 1,
        "maxLength": 15,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
       },
       "transport": {
        "type": "string",
        "enum": [
         "UDP",
         "TCP"
        ],
        "default": "UDP"
       },
       "address": {
        "type": "string",
        "title": "an IPv4 address, or an IPv6 address without brackets",
        "minLength": 2,
        "maxLength": 45,
        "default": "0.0.0.0",
        "anyOf": [
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
         },
         {
          "format": "ipv6",
          "pattern": "^[0-9A-Fa-f:]+$"
         }
        ]
       },
       "port": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65535,
        "default": 5060
       },
       "advertised": {
        "type": "object",
        "properties": {
         "phones": {
          "type": "object",
          "required": [
           "host"
          ],
          "x-kubernetes-validations": [
           {
            "rule": "self.host != '0.0.0.0' && self.host != '::'",
            "message": "an advertised host must be an address that others can send to, not \"all addresses\"; name one"
           }
          ],
          "properties": {
           "host": {
            "type": "string",
            "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
            "minLength": 1,
            "maxLength": 253,
            "anyOf": [
             {
              "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
             },
             {
              "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
             },
             {
              "format": "ipv6",
              "pattern": "^[0-9A-Fa-f:]+$"
             }
            ]
           },
           "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
           }
          }
         },
         "upstream": {
          "type": "object",
          "required": [
           "host"
          ],
          "x-kubernetes-validations": [
           {
            "rule": "self.host != '0.0.0.0' && self.host != '::'",
            "message": "an advertised host must be an address that others can send to, not \"all addresses\"; name one"
           }
          ],
          "properties": {
           "host": {
            "type": "string",
            "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
            "minLength": 1,
            "maxLength": 253,
            "anyOf": [
             {
              "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
             },
             {
              "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
             },
             {
              "format": "ipv6",
              "pattern": "^[0-9A-Fa-f:]+$"
             }
            ]
           },
           "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
           }
          }
         }
        }
       }
      }
     }
    },
    "registration": {
     "type": "object",
     "default": {},
     "properties": {
      "mode": {
       "type": "string",
       "enum": [
        "Mirror"
       ],
       "default": "Mirror"
      },
      "insertion": {
       "type": "string",
       "enum": [
        "Contact",
        "Path",
        "None"
       ],
       "default": "Contact"
      },
      "minExpiresSeconds": {
       "type": "integer",
       "minimum": 0,
       "maximum": 86400,
       "default": 0
      },
      "maxExpiresSeconds": {
       "type": "integer",
       "minimum": 60,
       "maximum": 2147483647,
       "default": 86400
      },
      "maxContactsPerAor": {
       "type": "integer",
       "minimum": 1,
       "maximum": 100,
       "default": 10
      },
      "replyContacts": {
       "type": "string",
       "enum": [
        "Auto",
        "Complete",
        "Partial"
       ],
       "default": "Auto"
      },
      "foreignContacts": {
       "type": "string",
       "enum": [
        "Keep",
        "Ignore"
       ],
       "default": "Keep"
      }
     }
    },
    "messaging": {
     "type": "object",
     "default": {},
     "properties": {
      "senders": {
       "type": "string",
       "enum": [
        "Registered",
        "Any"
       ],
       "default": "Registered"
      },
      "onUnregistered": {
       "type": "string",
       "enum": [
        "Reject"
       ],
       "default": "Reject"
      },
      "contentTypes": {
       "type": "array",
       "minItems": 1,
       "maxItems": 32,
       "default": [
        "text/*",
        "message/cpim",
        "message/imdn+xml",
        "application/im-iscomposing+xml",
        "application/vnd.gsma.rcs-ft-http+xml"
       ],
       "x-kubernetes-list-type": "set",
       "items": {
        "type": "string",
        "title": "a content type such as text/plain, text/* or */*, without parameters",
        "minLength": 3,
        "maxLength": 127,
        "pattern": "^(\\*/\\*|[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/(\\*|[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*))$"
       }
      },
      "maxBytes": {
       "type": "integer",
       "minimum": 1,
       "maximum": 65535,
       "default": 16384
      },
      "maxUdpBytes": {
       "type": "integer",
       "minimum": 200,
       "maximum": 65535,
       "default": 1300
      }
     }
    },
    "store": {
     "type": "object",
     "default": {},
     "properties": {
      "type": {
       "type": "string",
       "enum": [
        "Durable",
        "Memory"
       ],
       "default": "Durable"
      },
      "maxBindings": {
       "type": "integer",
       "minimum": 1,
       "maximum": 10000000,
       "default": 1000000
      }
     }
    },
    "security": {
     "type": "object",
     "default": {},
     "properties": {
      "maxMessageBytes": {
       "type": "integer",
       "minimum": 1300,
       "maximum": 1048576,
       "default": 65535
      },
      "maxConnections": {
       "type": "integer",
       "minimum": 1,
       "maximum": 100000,
       "default": 10000
      },
      "maxConnectionsPerSource": {
       "type": "integer",
       "minimum": 1,
       "maximum": 100000,
       "default": 100
      },
      "connectionIdleSeconds": {
       "type": "integer",
       "minimum": 10,
       "maximum": 86400,
       "default": 900
      },
      "maxTransactions": {
       "type": "integer",
       "minimum": 1000,
       "maximum": 5000000,
       "default": 500000
      },
      "allowedSources": {
       "type": "array",
       "maxItems": 128,
       "default": [],
       "x-kubernetes-list-type": "set",
       "items": {
        "type": "string",
        "title": "a network such as 192.0.2.0/24 or 2001:db8::/32, or one IP address",
        "minLength": 2,
        "maxLength": 49,
        "anyOf": [
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
         },
         {
          "format": "ipv6",
          "pattern": "^[0-9A-Fa-f:]+$"
         },
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}/(3[0-2]|[12]?[0-9])$"
         },
         {
          "format": "cidr",
          "pattern": "^[0-9A-Fa-f:]+/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"
         }
        ]
       }
      }
     }
    }
   }
  }
 }
};
