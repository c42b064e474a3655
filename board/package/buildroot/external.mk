include $(sort $(wildcard $(BR2_EXTERNAL_DAEMONBOX_PATH)/package/*/*.mk))
