"""The first door: OTLP over gRPC and HTTP on one port.

`sniff` tells the two apart by their first bytes; `http` and `grpc` are thin doors on one `receive`.
"""
