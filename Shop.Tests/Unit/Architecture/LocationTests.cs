using Shop.Tests.Support;

namespace Shop.Tests.Unit.Architecture;

public class LocationTests
{
    [Fact]
    public void No_response_names_the_host_that_the_caller_sent()
    {
        // These make an absolute address with the Host header of the request.
        string[] absolute = ["CreatedAtRoute", "AcceptedAtRoute", "GetUriByName", "GetUriByRouteValues", "GetDisplayUrl"];
        var files = Directory.EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.StartsWith("Shop.Tests", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(files);

        var naming = from file in files
                     from line in File.ReadLines(Path.Combine(Repository.Root, file))
                     where absolute.Any(name => line.Contains(name, StringComparison.Ordinal))
                     select $"{file}: {line.Trim()}";

        Assert.Empty(naming);
    }
}
