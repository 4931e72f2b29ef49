/* wide_resnet.h -- TODO */
