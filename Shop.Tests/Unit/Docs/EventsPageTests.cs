namespace Shop.Tests.Unit.Docs;

public class EventsPageTests
{
    [Fact]
    public void Events_page_in_docs_lists_every_event() => GeneratedPage.Verify("events.md", EventsPage.Generate());
}
