"""The room without the room: the virtual rig that ``--rig`` starts."""
