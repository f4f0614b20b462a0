using Shop.Contracts;

namespace Shop.Tests.Unit.Contracts;

public class ContentHashTests
{
    [Theory]
    [InlineData("v1:a:b", "v1:a:b", false)]
    [InlineData("v1:a:b", "v1:a:c", true)]
    [InlineData("v1:a:b", "v2:a:c", false)] // Another version of the service computed another hash of what may be the same content.
    [InlineData("v1:a:b", null, false)] // A message of an older version has no hash.
    [InlineData(null, "v1:a:b", false)]
    [InlineData(null, null, false)]
    public void Hashes_differ_only_when_both_are_known_and_have_the_same_version(string? left, string? right, bool differs) =>
        Assert.Equal(differs, ContentHash.Differs(left, right));
}
