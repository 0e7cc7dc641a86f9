module podcert.local/tests/cluster/pause

go 1.26.0
