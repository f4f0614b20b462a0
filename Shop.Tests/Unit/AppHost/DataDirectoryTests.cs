using System.Runtime.Versioning;
using System.Threading.Channels;
using Aspire.Hosting;
using Microsoft.Extensions.Configuration;
using Shop.AppHost.Infrastructure;
using Shop.AppHost.Infrastructure.Local;

namespace Shop.Tests.Unit.AppHost;

[UnsupportedOSPlatform("windows")]
public sealed class DataDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Server_directories_and_secrets_are_closed_to_other_users()
    {
        var data = DataDirectory.Open(_directory.FullName);
        var server = Directory.CreateDirectory(Path.Combine(_directory.FullName, "redis"));
        File.SetUnixFileMode(server.FullName, (UnixFileMode)0b111_101_101); // As an earlier version left it.

        data.GetServerDirectory("redis");
        data.GetServerDirectory("rabbitmq");
        data.GetOrCreateSecret("redis-password");

        Assert.Equal("rwx------", Mode("redis"));
        Assert.Equal("rwx------", Mode("rabbitmq"));
        Assert.Equal("rw-------", Mode("redis-password.secret"));
    }

    [Fact]
    public void Secret_is_generated_once_and_kept_beside_the_data()
    {
        var secret = DataDirectory.Open(_directory.FullName).GetOrCreateSecret("key");

        Assert.Equal(48, secret.Length);
        Assert.Equal(secret, File.ReadAllText(Path.Combine(_directory.FullName, "key.secret")));
    }

    [Fact]
    public void Configured_secret_is_used_and_survives_the_loss_of_the_configuration()
    {
        var data = DataDirectory.Open(_directory.FullName);

        Assert.Equal("configured", data.GetOrCreateSecret("key", Configuration("Parameters:key", "configured")));
        Assert.Equal("configured", data.GetOrCreateSecret("key", Configuration("Parameters:key", "configured")));
        Assert.Equal("configured", data.GetOrCreateSecret("key", Configuration("other", "")));
    }

    [Fact]
    public void Secret_that_a_run_with_containers_has_generated_does_not_replace_that_of_the_local_data()
    {
        var data = DataDirectory.Open(_directory.FullName);
        var secret = data.GetOrCreateSecret("key", Configuration("other", ""));

        // Aspire writes the parameters that it generates for containers to the user secrets.
        var secrets = Directory.CreateTempSubdirectory("shop-tests-");
        try
        {
            File.WriteAllText(Path.Combine(secrets.FullName, "secrets.json"), """{ "Parameters:key": "of the containers" }""");
            var configuration = new ConfigurationBuilder().SetBasePath(secrets.FullName).AddJsonFile("secrets.json").Build();
            Assert.Equal("of the containers", configuration["Parameters:key"]);

            Assert.Null(data.DescribeUnusedUserSecrets());
            Assert.Equal(secret, data.GetOrCreateSecret("key", configuration));
            Assert.Equal(
                $"Not used from the user secrets: Parameters:key. The secrets of the data are in {_directory.FullName}.",
                data.DescribeUnusedUserSecrets());
        }
        finally
        {
            secrets.Delete(recursive: true);
        }
    }

    [Fact]
    public void Configured_secret_that_differs_from_that_of_the_data_is_rejected()
    {
        var data = DataDirectory.Open(_directory.FullName);
        var secret = data.GetOrCreateSecret("key");

        var error = Assert.Throws<DistributedApplicationException>(
            () => data.GetOrCreateSecret("key", Configuration("Parameters:key", "another")));

        Assert.StartsWith($"Parameters:key is not the secret in {Path.Combine(_directory.FullName, "key.secret")}", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(secret, data.GetOrCreateSecret("key"));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Line_break_at_the_end_of_a_secret_file_is_not_part_of_the_secret(string lineBreak)
    {
        var data = DataDirectory.Open(_directory.FullName);
        File.WriteAllText(Path.Combine(_directory.FullName, "key.secret"), $"edited{lineBreak}");

        Assert.Equal("edited", data.GetOrCreateSecret("key"));
        Assert.Equal("edited", data.GetOrCreateSecret("key", Configuration("Parameters:key", "edited")));
    }

    [Fact]
    public void Empty_secret_is_rejected()
    {
        var data = DataDirectory.Open(_directory.FullName);
        var file = Path.Combine(_directory.FullName, "key.secret");
        File.WriteAllText(file, "");

        var error = Assert.Throws<DistributedApplicationException>(() => data.GetOrCreateSecret("key"));
        Assert.Equal($"The secret in {file} is empty. Restore the file, or delete it for a new secret.", error.Message);

        error = Assert.Throws<DistributedApplicationException>(
            () => data.GetOrCreateSecret("other-key", Configuration("Parameters:other-key", "")));
        Assert.Equal("Parameters:other-key is empty.", error.Message);
        Assert.False(File.Exists(Path.Combine(_directory.FullName, "other-key.secret")));
    }

    [Fact]
    public async Task Secret_file_has_its_name_only_when_it_is_complete()
    {
        var data = DataDirectory.Open(_directory.FullName);
        var changes = Channel.CreateUnbounded<string>();
        using var watcher = new FileSystemWatcher(_directory.FullName, "*.secret");
        watcher.Created += (_, change) => changes.Writer.TryWrite($"{change.Name} created");
        watcher.Renamed += (_, change) => changes.Writer.TryWrite($"{change.Name} renamed");
        watcher.EnableRaisingEvents = true;

        data.GetOrCreateSecret("key");

        Assert.Equal("key.secret renamed", await changes.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Password_of_a_server_of_an_earlier_version_is_kept()
    {
        var data = DataDirectory.Open(_directory.FullName);
        File.WriteAllText(Path.Combine(_directory.FullName, "redis.password"), "earlier");

        Assert.Equal("earlier", data.GetOrCreateSecret("redis-password"));
        Assert.Equal("earlier", File.ReadAllText(Path.Combine(_directory.FullName, "redis-password.secret")));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/below")]
    [InlineData("/proc/shop")]
    public void Directory_that_cannot_be_created_is_rejected_with_its_path(string path)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "file"), "");
        var root = Path.Combine(_directory.FullName, path);

        var error = Assert.Throws<DistributedApplicationException>(() => DataDirectory.Open(root));

        Assert.StartsWith($"Cannot use {root} for the data: ", error.Message);
        Assert.EndsWith("Choose another directory with --data DIR.", error.Message);
    }

    [Theory]
    [InlineData("jürgen's data")]
    [InlineData("the \"new\" data")]
    public void Path_with_a_quotation_mark_is_rejected_because_RabbitMQ_would_wait_for_ever(string name)
    {
        var root = Path.Combine(_directory.FullName, name);

        var error = Assert.Throws<DistributedApplicationException>(() => DataDirectory.Open(root));

        Assert.StartsWith($"RabbitMQ cannot start in {root}, whose path contains a quotation mark.", error.Message);
        Assert.False(Directory.Exists(root));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("--infrastructure")]
    public void Data_option_without_a_directory_is_rejected(string value)
    {
        var error = Assert.Throws<DistributedApplicationException>(
            () => CommandLineOptions.Parse(["--data", value, "--infrastructure", "local"]));

        Assert.Equal($"--data is '{value}'; it must be a directory.", error.Message);
    }

    [Theory]
    [InlineData("--data")]
    [InlineData("--infrastructure")]
    [InlineData("--canary")]
    public void Option_at_the_end_of_the_command_line_is_rejected(string option)
    {
        var error = Assert.Throws<DistributedApplicationException>(() => CommandLineOptions.Parse(["--infrastructure", "local", option]));

        Assert.Equal($"{option} has no value.", error.Message);
    }

    [Fact]
    public void Options_are_read_from_the_command_line()
    {
        Assert.Equal(
            new("local", "/tmp/shop", 50, "cart=A=1", Collector: true),
            CommandLineOptions.Parse(
                ["--infrastructure", "local", "--collector", "--data=/tmp/shop", "--with-visitors", "50", "--canary", "cart=A=1"]));
        Assert.Equal(new(null, null, null, null, Collector: false), CommandLineOptions.Parse(["--DcpPublisher:RandomizePorts=true"]));
    }

    [Fact]
    public void Volumes_of_different_directories_have_different_names()
    {
        string[] paths = ["/tmp/shop 1", "/tmp/shop-1", "/tmp/ü", "/tmp", "/"];
        var names = paths.Select(path => ContainerBackingServices.GetVolumeName(path, "redis")).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[A-Za-z0-9][A-Za-z0-9-]+-redis$", name));
    }

    private string Mode(string name)
    {
        var mode = (int)File.GetUnixFileMode(Path.Combine(_directory.FullName, name));
        return string.Concat(Enumerable.Range(0, 9).Select(bit => (mode & (0b100_000_000 >> bit)) != 0 ? "rwx"[bit % 3] : '-'));
    }

    private static IConfiguration Configuration(string key, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
}
