using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shop.Tests.Component.AppHost;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Deploy;

/// <summary>The Compose file says what the model of the AppHost says, and follows the policy for containers.</summary>
public sealed partial class ComposeTests(PublishedModelTests.Manifest manifest) : IClassFixture<PublishedModelTests.Manifest>
{
    private static readonly ComposeFile _compose = ComposeFile.Load();

    [Fact]
    public void Services_and_servers_of_the_model_are_in_the_Compose_file() =>
        Assert.Equal(
            [.. new PublishedEnvironment(manifest.Resources).Services, "redis", "postgres", "rabbitmq"],
            _compose.Services.ToHashSet());

    [Fact]
    public void Environment_of_each_service_is_that_of_the_model()
    {
        var published = new PublishedEnvironment(manifest.Resources);
        Assert.NotEmpty(published.Services);

        Assert.All(published.Services, service =>
        {
            var environment = PublishedEnvironment.WithoutSettingsOfTheDeployment(_compose.GetEnvironment(service));
            Assert.Equal(published.Of(service).ToLines(), environment.ToLines());
        });
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("postgres")]
    [InlineData("rabbitmq")]
    public void Server_has_the_image_and_the_volume_of_the_model(string server)
    {
        var published = manifest.Resources[server]!;
        Assert.EndsWith($"/{_compose.Find(server, "image")}", (string?)published["image"], StringComparison.Ordinal);
        Assert.Contains($"{server}-data:{published["volumes"]![0]!["target"]}", _compose.List(server, "volumes"));
        Assert.Contains($"{server}-data", _compose.Volumes);
        // The entry point of the image of PostgreSQL adds the program.
        var arguments = string.Join(' ', published["args"]?.AsArray().Select(argument => (string?)argument) ?? []);
        Assert.Equal(arguments.Replace("exec ", "", StringComparison.Ordinal), string.Join(' ', _compose.List(server, "command"))
            .Replace("$$", "$", StringComparison.Ordinal).Replace("exec ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Containers_follow_the_policy()
    {
        Assert.NotEmpty(_compose.Services);
        Assert.Empty(_compose.Services.SelectMany(service => ContainerPolicy.GetViolations(_compose.GetContainer(service))));
    }

    [Fact]
    public void Only_the_storefront_is_reached_from_outside_and_on_loopback()
    {
        Assert.All(_compose.Services.Except(["storefront"]), service =>
        {
            Assert.Empty(_compose.List(service, "ports"));
            Assert.Equal(["inside"], _compose.List(service, "networks"));
        });
        Assert.StartsWith("127.0.0.1:", Assert.Single(_compose.List("storefront", "ports")), StringComparison.Ordinal);
    }

    // A queue whose messages are dead-lettered to the default exchange needs the permission to write there. RabbitMQ takes the setting of
    // one of the two for the other.
    [Theory]
    [InlineData("write")]
    [InlineData("read")]
    public void Services_can_use_the_default_exchange_and_no_other_of_the_broker(string permission)
    {
        var pattern = File.ReadLines(Path.Combine(Repository.Root, "deploy", "compose", "rabbitmq", "20-user.conf"))
            .Single(line => line.StartsWith($"default_permissions.{permission} = ", StringComparison.Ordinal)).Split(" = ")[1];

        Assert.Matches(pattern, "orders-checkout-submitted");
        Assert.Matches(pattern, "amq.default");
        Assert.DoesNotMatch(pattern, "amq.topic");
    }

    [Fact]
    public void Images_are_those_that_the_projects_publish()
    {
        var version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;
        Assert.Contains($"IMAGE_TAG={version}", File.ReadAllText(GenerateEnv), StringComparison.Ordinal);
        Assert.All(ApplicationProjects.Services, project =>
        {
            var file = XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj"));
            var repository = file.Descendants("ContainerRepository").Single().Value;
            var service = project.Split('.')[^1].ToLowerInvariant();
            Assert.Equal(repository + ":${IMAGE_TAG:?is not in .env}", _compose.Find(service, "image"));
            Assert.Contains($"/app/{project}.dll", (List<object>)_compose.Find(service, "healthcheck", "test")!);
        });
    }

    [UnsupportedOSPlatform("windows")]
    [Fact]
    public async Task Generated_env_has_each_variable_of_the_Compose_file_once_and_is_not_replaced()
    {
        var directory = Directory.CreateTempSubdirectory("shop-tests-");
        try
        {
            File.Copy(GenerateEnv, Path.Combine(directory.FullName, "generate-env"));
            Assert.Equal(0, await RunAsync(directory.FullName));
            var file = Path.Combine(directory.FullName, ".env");
            var content = await File.ReadAllTextAsync(file);
            var variables = content.Split('\n').Where(line => line.Contains('=')).Select(line => line.Split('=', 2)).ToList();

            Assert.Equal(variables.Count, variables.DistinctBy(variable => variable[0]).Count());
            // These have a default.
            string[] optional = ["HTTP_PORT"];
            Assert.Equal(ComposeFile.Variables.Except(optional).Order(), variables.Select(variable => variable[0]).Order());
            var secrets = variables.Where(variable => SecretName().IsMatch(variable[0])).ToList();
            Assert.NotEmpty(secrets);
            Assert.All(secrets, secret => Assert.Matches("^[0-9a-f]{48}$", secret[1]));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

            Assert.Equal(1, await RunAsync(directory.FullName));
            Assert.Equal(content, await File.ReadAllTextAsync(file));
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        static async Task<int> RunAsync(string directory)
        {
            using var process = Process.Start("bash", [Path.Combine(directory, "generate-env")]);
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
    }

    private static string GenerateEnv => Path.Combine(Repository.Root, "deploy", "compose", "generate-env");

    [GeneratedRegex("PASSWORD|KEY|SECRET")]
    private static partial Regex SecretName();
}
