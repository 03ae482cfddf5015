#!/bin/bash
. "$(dirname "$0")/../lib.sh"
begin "before the panic"; equal one 1 1; finish
echo c > /proc/sysrq-trigger
sleep 5
