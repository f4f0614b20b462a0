using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.Telemetry.Journeys;

public sealed class RequestIdTests
{
    [Fact]
    public void Created_id_is_valid_and_unique()
    {
        var id = RequestId.Create();

        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.True(JourneyKeys.IsValid(JourneyKeys.RequestId, id));
        Assert.NotEqual(id, RequestId.Create());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a\r\nSet-Cookie: x=1")]
    [InlineData("<script>")]
    [InlineData("\u00e4")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Malformed_id_is_not_valid(string id) => Assert.False(JourneyKeys.IsValid(JourneyKeys.RequestId, id));
}
