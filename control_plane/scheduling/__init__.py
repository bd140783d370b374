"""What runs where and when: quotas, packing, the cluster's scheduler, limits that schedulers share."""
