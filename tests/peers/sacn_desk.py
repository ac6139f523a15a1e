"""Run on the other machine: desks made of the sacn library, told in JSON lines.

argv: our address. stdin: {"desk", "universe", "priority", "slots" as hex, "to" (absent: multicast), "priorities" as hex
(one for each slot)} sends from now on; {"desk", "universe", "end": true} ends the stream of that universe.
"""

from __future__ import annotations

import json
import sys

import sacn as library


def main(here):
    desks = {}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        words = json.loads(line)
        name, universe = words["desk"], words["universe"]
        if name not in desks:
            desks[name] = library.sACNsender(bind_address=here, bind_port=0, source_name=name, fps=40)
            desks[name].start()
        desk = desks[name]
        if words.get("end"):
            desk.deactivate_output(universe)
            continue
        if universe not in desk.get_active_outputs():
            desk.activate_output(universe)
            desk[universe].priority = words["priority"]
            desk[universe].destination = words.get("to", "")
            desk[universe].multicast = "to" not in words
        desk[universe].per_address_priority = tuple(bytes.fromhex(words.get("priorities", "")))
        desk[universe].dmx_data = tuple(bytes.fromhex(words["slots"]))
    for desk in desks.values():
        desk.stop()


main(sys.argv[1])
