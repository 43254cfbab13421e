"""The consumer: calls the worker of the provider that has the given name."""

from wit_world.imports.example_provider_client import ExampleProviderApi


class ExampleConsumerApi:
    def add_all(self, name, values):
        provider = ExampleProviderApi(name)
        for value in values:
            provider.blocking_add(value)
        return provider.blocking_get()
