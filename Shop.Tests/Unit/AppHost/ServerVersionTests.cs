using System.Runtime.Versioning;
using Aspire.Hosting;
using Shop.AppHost.Infrastructure.Local;

namespace Shop.Tests.Unit.AppHost;

[UnsupportedOSPlatform("windows")]
public sealed class ServerVersionTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=a3fdef44459b3ad6", "6.0")]
    [InlineData("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0", "7.0")]
    [InlineData("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18")]
    public void Version_is_read_from_the_output_of_the_program(string output, string expected) =>
        Assert.Equal(Version.Parse(expected), ServerVersion.Parse(output));

    [Theory]
    [InlineData("rabbitmq_server-3.9.13/sbin", "3.9")]
    [InlineData("rabbitmq_server-3.10.8/sbin", "3.10")]
    [InlineData("Cellar/rabbitmq/4.0.5/sbin", "4.0")]
    public void Version_of_RabbitMQ_is_that_of_the_directory_that_its_link_leads_to(string path, string expected)
    {
        var sbin = _directory.CreateSubdirectory(path);
        var script = Path.Combine(sbin.FullName, "rabbitmq-server");
        File.WriteAllText(script, "");
        var link = Path.Combine(_directory.FullName, "rabbitmq-server");
        File.CreateSymbolicLink(link, script);

        Assert.Equal(Version.Parse(expected), ServerVersion.OfRabbitMQ(link));
        Assert.Equal(Version.Parse(expected), ServerVersion.OfRabbitMQ(script));
    }

    [Fact]
    public void Older_server_is_rejected_with_the_version_that_is_needed()
    {
        var error = Assert.Throws<DistributedApplicationException>(
            () => ServerVersion.ThrowIfOlder("RabbitMQ", "/usr/bin/rabbitmq-server", new(3, 9), new(3, 10)));

        Assert.StartsWith("RabbitMQ 3.9 (/usr/bin/rabbitmq-server) is too old: Shop needs RabbitMQ 3.10 or later.", error.Message);
    }

    [Fact]
    public void Newer_and_unknown_versions_are_accepted()
    {
        ServerVersion.ThrowIfOlder("RabbitMQ", "rabbitmq-server", new(4, 0), new(3, 10));
        ServerVersion.ThrowIfOlder("RabbitMQ", "rabbitmq-server", version: null, new(3, 10));
    }

    [Fact]
    public void Newest_Postgres_is_the_one_with_the_highest_number_and_a_server()
    {
        string[] names = ["9.6", "15", "100", "other"];
        var programs = names.Select(name => _directory.CreateSubdirectory($"{name}/bin").FullName).ToList();
        programs.ForEach(directory => File.WriteAllText(Path.Combine(directory, "postgres"), ""));
        _directory.CreateSubdirectory("16/bin"); // Of the package of the clients.
        _directory.CreateSubdirectory("17");

        Assert.Equal([programs[2], programs[1], programs[0], programs[3]], PostgresCluster.FindInstalled(_directory));
        Assert.Empty(PostgresCluster.FindInstalled(new(Path.Combine(_directory.FullName, "none"))));
    }
}
