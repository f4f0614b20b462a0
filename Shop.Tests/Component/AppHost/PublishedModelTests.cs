using System.Text.Json.Nodes;
using Shop.Tests.Integration;
using Shop.Tests.Support;

namespace Shop.Tests.Component.AppHost;

/// <summary>What a deployment gets: the manifest that the AppHost publishes, outside of Development.</summary>
public sealed class PublishedModelTests(PublishedModelTests.Manifest manifest) : IClassFixture<PublishedModelTests.Manifest>
{
    [Fact]
    public void Redis_writes_each_command_to_its_volume_before_it_answers()
    {
        // Arguments behind the command line of the shell would be ignored.
        var arguments = Resource("redis")["args"]!.AsArray();
        Assert.Equal(2, arguments.Count);
        Assert.Equal("-c", (string?)arguments[0]);
        Assert.StartsWith("redis-server ", (string?)arguments[1]);
        Assert.Contains(" --dir /data --appendonly yes --appendfsync always", (string?)arguments[1]);
        Assert.Equal("/data", (string?)Resource("redis")["volumes"]![0]!["target"]);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    public void Server_keeps_its_data_in_a_volume_and_its_version_is_pinned(string server)
    {
        Assert.NotEmpty(Resource(server)["volumes"]!.AsArray());
        Assert.Matches(@":\d+\.\d+[-.\w]*$", (string?)Resource(server)["image"]);
    }

    [Fact]
    public void Secrets_are_inputs_of_the_deployment()
    {
        var parameters = manifest.Resources
            .Where(resource => (string?)resource.Value!["type"] == "parameter.v0" && resource.Key is not ("public-url" or "insights-url"))
            .ToList();
        Assert.Contains(parameters, parameter => parameter.Key == "personal-data-key-1");

        Assert.All(parameters, parameter =>
        {
            Assert.Equal($"{{{parameter.Key}.inputs.value}}", (string?)parameter.Value!["value"]);
            Assert.True((bool?)parameter.Value["inputs"]!["value"]!["secret"]);
        });
    }

    [Fact]
    public void No_secret_is_written_into_the_environment_of_a_resource()
    {
        var secrets = manifest.Resources
            .SelectMany(resource => resource.Value!["env"]?.AsObject().ToList() ?? [])
            .Where(variable => variable.Key.Contains("PASS", StringComparison.OrdinalIgnoreCase)
                || variable.Key.Contains("__Keys__", StringComparison.Ordinal)
                || variable.Key.EndsWith("Key", StringComparison.Ordinal) && !variable.Key.EndsWith("CurrentKey", StringComparison.Ordinal)
                || variable.Key.StartsWith("ConnectionStrings__", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(secrets);

        Assert.All(secrets, secret => Assert.Matches(@"^\{[\w-]+\.(value|connectionString)\}$", (string?)secret.Value));
    }

    [Fact]
    public void Endpoints_of_the_services_are_published_and_gRPC_is_HTTP_2()
    {
        Assert.Equal("http2", (string?)Resource("catalog")["bindings"]!["grpc"]!["transport"]);
        //#if (withInsights)
        Assert.Equal("http2", (string?)Resource("insights")["bindings"]!["grpc"]!["transport"]);
        //#endif
        foreach (var service in InProcessService.Names)
        {
            foreach (var endpoint in (string[])["http", "management"])
            {
                Assert.Equal(
                    $"http://*:{{{service}.bindings.{endpoint}.targetPort}}",
                    (string?)Resource(service)["env"]![$"Kestrel__Endpoints__{endpoint}__Url"]);
            }
        }
    }

    // Its management endpoint, with /metrics and /admin, is none.
    [Fact]
    public void Only_the_pages_for_visitors_are_an_external_endpoint()
    {
        var external =
            from resource in manifest.Resources
            from binding in resource.Value!["bindings"]?.AsObject().ToList() ?? []
            where (bool?)binding.Value!["external"] == true
            select $"{resource.Key}.{binding.Key}";

        //#if (storefront)
        Assert.Equal(["storefront.http"], external);
        ////#else
        //Assert.Equal(["identity.http"], external);
        //#endif
    }

    private JsonNode Resource(string name) => manifest.Resources[name]!;

    public sealed class Manifest : IAsyncLifetime
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("shop-tests-");

        public JsonObject Resources { get; private set; } = [];

        public async Task InitializeAsync()
        {
            var file = Path.Combine(_directory.FullName, "manifest.json");
            using var appHost = AppHostProcess.Start(
                _directory.FullName,
                new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["DOTNET_ENVIRONMENT"] = "Production" },
                "--publisher", "manifest", "--output-path", file);
            await appHost.WaitForExitAsync();
            Assert.True(appHost.ExitCode == 0, appHost.Output);
            Resources = JsonNode.Parse(await File.ReadAllTextAsync(file))!["resources"]!.AsObject();
        }

        public Task DisposeAsync()
        {
            _directory.Delete(recursive: true);
            return Task.CompletedTask;
        }
    }
}
