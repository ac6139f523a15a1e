"""A Node-RED flow: UDP in → osc → a function that writes ArtDmx → UDP out; MQTT in to the same function.

No Art-Net node is kept up for it, so the function is what a user would write by hand, and leaner than a general node.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PERIOD_MS = 1000 / 44
FADE_MS = 5000
TOPIC = "bench/peer"

HEAD = """
const frame = (universe) => {
    const data = Buffer.alloc(530);
    data.write('Art-Net\\0', 0, 'latin1');
    data[9] = 0x50; data[11] = 14; data[14] = universe & 255; data[15] = universe >> 8; data[16] = 2;
    return data;
};
const send = (data) => { data[12] = data[12] % 255 + 1; node.send({payload: Buffer.from(data)}); };
"""

PANELS = HEAD + """
const data = context.get('data') || frame(0);
context.set('data', data);
if (msg.topic === '/fade/up') {
    const begin = Date.now();
    const timer = setInterval(() => {
        const share = Math.min(1, (Date.now() - begin) / FADE_MS);
        data.writeUInt16BE(Math.round(share * 65535), 20);
        send(data);
        if (share >= 1) clearInterval(timer);
    }, PERIOD_MS);
} else {
    if (msg.topic === '/fade/down') data.writeUInt16BE(0, 20); else data[18] = Number(msg.payload) & 255;
    send(data);
}
""".replace("PERIOD_MS", f"{PERIOD_MS:.3f}").replace("FADE_MS", str(FADE_MS))

CROWD = HEAD + """
const crowd = Array.from({length: UNIVERSES}, (_, number) => frame(number + 1));
let step = 0;
setInterval(() => {
    step += 2;
    crowd.forEach((data, number) => {
        for (let slot = 0; slot < 512; slot++) data[18 + slot] = (step + slot + number) & 255;
        send(data);
    });
}, PERIOD_MS);
""".replace("PERIOD_MS", f"{PERIOD_MS:.3f}")

SETTINGS = """\
module.exports = {
    uiHost: '127.0.0.1', uiPort: %d, disableEditor: true, credentialSecret: false, flowFile: 'flows.json',
    userDir: '%s', nodesDir: ['%s'], logging: {console: {level: 'warn'}},
    telemetry: {enabled: false, updateNotification: false},
};
"""

Node = dict[str, Any]


def flow(osc_port: int, panels: int, universes: int, crowd: int, broker_port: int) -> str:
    """The flow as JSON: OSC on ``osc_port`` and MQTT ``TOPIC`` in, ArtDmx to the ports ``panels`` and ``crowd``."""
    nodes: list[Node] = [
        {"id": "tab", "type": "tab", "label": "bench"},
        _node("heard", "udp in", "osc", iface="", port=str(osc_port), ipv="udp4", multicast="false", group="",
              datatype="buffer"),
        _node("osc", "osc", "show", path="", metadata=False),
        _function("show", "panels", PANELS),
        _outlet("panels", panels),
        {"id": "broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(broker_port), "clientid": "",
         "usetls": False, "protocolVersion": "4", "keepalive": "60", "cleansession": True},
        _node("mqtt", "mqtt in", "show", topic=TOPIC, qos="0", datatype="auto", broker="broker", inputs=0),
    ]
    if universes:
        start = CROWD.replace("UNIVERSES", str(universes))
        nodes += [_function("crowd", "crowd-out", "", start), _outlet("crowd-out", crowd)]
    return json.dumps(nodes)


def _node(name: str, kind: str, leads_to: str, **settings: Any) -> Node:
    leads = [[f"the-{leads_to}"]] if leads_to else []
    return {"id": f"the-{name}", "type": kind, "z": "tab", "wires": leads} | settings     # an id that is no setting


def _function(name: str, leads_to: str, code: str, at_start: str = "") -> Node:
    return _node(name, "function", leads_to, func=code, initialize=at_start, outputs=1, finalize="", libs=[])


def _outlet(name: str, port: int) -> Node:
    return _node(name, "udp out", "", addr="127.0.0.1", port=str(port), iface="", ipv="udp4", outport="", base64=False,
                 multicast="false")


def write(folder: Path, installed: Path, admin_port: int, **ports: int) -> Mapping[str, Path]:
    """Settings and flow into ``folder``; ``installed`` holds ``node_modules``. Returns what the command names."""
    (folder / "flows.json").write_text(flow(**ports), encoding="utf-8")
    settings = folder / "settings.js"
    nodes = installed / "node_modules" / "node-red-contrib-osc"
    settings.write_text(SETTINGS % (admin_port, folder, nodes), encoding="utf-8")
    return {"settings": settings, "program": installed / "node_modules" / "node-red" / "red.js"}
