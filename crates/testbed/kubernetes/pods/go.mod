module podcert.local/testbed/pods

go 1.26.0
