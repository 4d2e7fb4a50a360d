"""The few decisions that the state server must take by itself, atomically.

**Writing a state.** A writer marks the customer, reads the log, then writes. Three rules keep the store from ever
going backwards, whatever is evicted, flushed or delayed:

* the own marker is still there: nobody committed and projected in between, so the state is written;
* an older state is there: it is replaced; a newer or equal one stays. Version 0 is no older state: the customer may have
  been erased since the writer read the log, so it is deleted, and the writer writes nothing;
* nothing is there, or somebody else's marker: nothing is written, and a foreign marker is deleted, which makes its
  owner write nothing either. A missing state is always right: the next reader asks the log.

Version 0, a customer whom the log does not know, is kept for ten minutes only.

So once a writer has finished, the store holds for its customer nothing, or a state at least as new as the writer's.

**Epoch and checkpoint.** The epoch is the run id of the server that was brought up to date. Both scripts compare it
with the run id of the server that executes them, so a restart between two commands cannot slip through.
"""

WRITE = """
local written = 0
local function put(key, value, version)
  if version > 0 then redis.call('SET', key, value) else redis.call('SET', key, value, 'EX', 600) end
  written = written + 1
end
for i, key in ipairs(KEYS) do
  local value = ARGV[i + 1]
  local current = redis.call('GETRANGE', key, 0, 23)
  local kind = string.sub(current, 1, 1)
  local version = struct.unpack('>I8', value, 9)
  if kind == 'M' and current == ARGV[1] then
    put(key, value, version)
  elseif kind == 'S' then
    local there = struct.unpack('>I8', current, 9)
    if there == 0 and version > 0 then
      redis.call('DEL', key)
    elseif version > there then
      put(key, value, version)
    end
  elseif kind ~= '' then
    redis.call('DEL', key)
  end
end
return written
"""
"""KEYS: customers. ARGV: the writer's marker (or empty), then one value per customer."""

RELEASE = """
for _, key in ipairs(KEYS) do
  if redis.call('GETRANGE', key, 0, 23) == ARGV[1] then redis.call('DEL', key) end
end
return 1
"""
"""KEYS: customers. ARGV: the marker to take away where it still is."""

_ON_THIS_SERVER = """
local info = redis.call('INFO', 'server')
if not string.find(info, 'run_id:' .. ARGV[1], 1, true) then return 0 end
"""

BEGIN_EPOCH = (
    _ON_THIS_SERVER
    + """
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""
)
"""KEYS: epoch, checkpoint. ARGV: run id, seq."""

SET_CHECKPOINT = (
    _ON_THIS_SERVER
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1
"""
)
"""KEYS: epoch, checkpoint. ARGV: run id, seq."""

UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
"""KEYS: the lock. ARGV: its token."""

EXTEND = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
"""KEYS: the lock. ARGV: its token, milliseconds."""
