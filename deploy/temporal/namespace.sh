#!/bin/sh
# Makes the namespace and the search attributes, and does nothing where they are there already. Address and
# namespace come from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, which the command reads itself.
set -eu

attempt=0
until temporal operator cluster health; do
  attempt=$((attempt + 1))
  [ "$attempt" -lt 30 ] || { echo "Temporal at $TEMPORAL_ADDRESS is not healthy: see its log"; exit 1; }
  sleep 2
done

temporal operator namespace describe >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d

# One at a time: of several names in one call the command makes the first only, and says nothing of the others.
for name in XeroSyncState XeroHold DocumentKind DocumentNumber SequenceAccount SequenceCustomer; do
  attempt=0
  # A new namespace is known to all parts of the server only after a while.
  until temporal operator search-attribute create --name "$name" --type Keyword; do
    attempt=$((attempt + 1))
    [ "$attempt" -lt 30 ] || { echo "the search attribute $name could not be made"; exit 1; }
    sleep 2
  done
done
