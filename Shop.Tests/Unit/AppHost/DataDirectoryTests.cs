using System.Runtime.Versioning;
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
        data.GetOrCreateSecret("redis.password");

        Assert.Equal("rwx------", Mode("redis"));
        Assert.Equal("rwx------", Mode("rabbitmq"));
        Assert.Equal("rw-------", Mode("redis.password"));
    }

    [Fact]
    public void Secret_is_generated_once_and_kept_beside_the_data()
    {
        var secret = DataDirectory.Open(_directory.FullName).GetOrCreateSecret("key.secret");

        Assert.Equal(48, secret.Length);
        Assert.Equal(secret, File.ReadAllText(Path.Combine(_directory.FullName, "key.secret")));
    }

    [Fact]
    public void Configured_secret_is_used_and_survives_the_loss_of_the_configuration()
    {
        var data = DataDirectory.Open(_directory.FullName);

        Assert.Equal("configured", data.GetOrCreateSecret("key.secret", "configured"));
        Assert.Equal("configured", data.GetOrCreateSecret("key.secret"));
        Assert.Equal("another", data.GetOrCreateSecret("key.secret", "another"));
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
        var error = Assert.Throws<DistributedApplicationException>(() => CommandLineOptions.GetDataPath(Configuration(value)));

        Assert.Equal($"--data is '{value}'; it must be a directory.", error.Message);
    }

    [Fact]
    public void Option_at_the_end_of_the_command_line_is_rejected()
    {
        Assert.Throws<DistributedApplicationException>(() => CommandLineOptions.ThrowIfValueMissing("--data"));
        Assert.Throws<DistributedApplicationException>(() => CommandLineOptions.ThrowIfValueMissing("--infrastructure"));
        CommandLineOptions.ThrowIfValueMissing("local");
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

    private static IConfiguration Configuration(string data) =>
        new ConfigurationBuilder().AddInMemoryCollection([new("data", data)]).Build();
}
