module podcert.local/tests/cluster/pods

go 1.26.0
