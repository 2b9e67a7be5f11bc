"""The steps of mesh.interceptor."""
