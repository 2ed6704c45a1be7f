package ampel

import "strconv"

// DocumentCode says what became of a T1, T2 or T3 document. Codes below zero
// belong to the system; zero and above mean that there is a usable result, and
// units may give those above zero a meaning of their own. Codes do not combine.
type DocumentCode int64

// Codes of all tiers.
const (
	OK             DocumentCode = 0
	CodeNew        DocumentCode = -1
	CodeError      DocumentCode = -2
	CodeInternal   DocumentCode = -3
	CodeException  DocumentCode = -4
	CodeRunning    DocumentCode = -5
	CodeRerun      DocumentCode = -6
	CodeTooMany    DocumentCode = -7
	CodeNotSet     DocumentCode = -8
	T1NewPriority  DocumentCode = -1000
	T1NoConfig     DocumentCode = -1001
	T2NewPriority  DocumentCode = -2000
	T2Pending      DocumentCode = -2001
	T2Queued       DocumentCode = -2002
	T2Exported     DocumentCode = -2003
	T2NoLink       DocumentCode = -2004
	T2NoConfig     DocumentCode = -2005
	T2NoDependency DocumentCode = -2006
	T2Unexpected   DocumentCode = -2007
	T2MissingInfo  DocumentCode = -2008
	T2Outdated     DocumentCode = -2009
	T2FailedDep    DocumentCode = -2010
	T2Inadequate   DocumentCode = -2011
)

// Codes of a T3 run that failed: in which step.
const (
	T3ContextError    DocumentCode = -3000
	T3SelectError     DocumentCode = -3001
	T3LoadError       DocumentCode = -3002
	T3ComplementError DocumentCode = -3003
	T3RunError        DocumentCode = -3004
)

var codeNames = map[DocumentCode]string{
	OK: "OK", CodeNew: "NEW", CodeError: "ERROR", CodeInternal: "INTERNAL_ERROR",
	CodeException: "EXCEPTION", CodeRunning: "RUNNING", CodeRerun: "RERUN_REQUESTED",
	CodeTooMany: "TOO_MANY_TRIALS", CodeNotSet: "NOT_SET",
	T1NewPriority: "T1_NEW_PRIO", T1NoConfig: "T1_UNKNOWN_CONFIG",
	T2NewPriority: "T2_NEW_PRIO", T2Pending: "T2_PENDING_DEPENDENCY", T2Queued: "T2_QUEUED",
	T2Exported: "T2_EXPORTED", T2NoLink: "T2_UNKNOWN_LINK", T2NoConfig: "T2_UNKNOWN_CONFIG",
	T2NoDependency: "T2_MISSING_DEPENDENCY", T2Unexpected: "T2_UNEXPECTED_DEPENDENCY",
	T2MissingInfo: "T2_MISSING_INFO", T2Outdated: "T2_OUTDATED_CODE",
	T2FailedDep: "T2_FAILED_DEPENDENCY", T2Inadequate: "T2_INADEQUATE_DEPENDENCY",
	T3ContextError: "CONTEXT_ERROR", T3SelectError: "SELECT_ERROR", T3LoadError: "LOAD_ERROR",
	T3ComplementError: "COMPLEMENT_ERROR", T3RunError: "RUN_ERROR",
}

// String returns the name of the code, or its number if a unit made it up.
func (c DocumentCode) String() string {
	if s, ok := codeNames[c]; ok {
		return s
	}
	return strconv.FormatInt(int64(c), 10)
}

// ParseDocumentCode returns the code with a name, such as "RERUN_REQUESTED".
func ParseDocumentCode(name string) (DocumentCode, bool) {
	for c, s := range codeNames {
		if s == name {
			return c, true
		}
	}
	return 0, false
}

// EventCode says how a run ended.
type EventCode int64

// Codes of events.
const (
	EventOK           EventCode = 0
	EventRunning      EventCode = 1
	EventUnspecified  EventCode = 2
	EventPreCheckExit EventCode = 3
	EventAborted      EventCode = 4
	EventError        EventCode = -1
	EventException    EventCode = -2
)

// String returns the name of the code.
func (c EventCode) String() string {
	switch c {
	case EventOK:
		return "OK"
	case EventRunning:
		return "RUNNING"
	case EventUnspecified:
		return "UNSPECIFIED"
	case EventPreCheckExit:
		return "PRE_CHECK_EXIT"
	case EventAborted:
		return "ABORTED"
	case EventError:
		return "ERROR"
	case EventException:
		return "EXCEPTION"
	}
	return strconv.FormatInt(int64(c), 10)
}

// JournalAction is a set of bits: what was done to a stock.
type JournalAction int64

// Bits of journal records.
const (
	T0AddChannel    JournalAction = 1
	T1AddChannel    JournalAction = 1 << 8
	T1SetCode       JournalAction = 1 << 13
	T1ExtraMeta     JournalAction = 1 << 14
	T1ExtraJournal  JournalAction = 1 << 15
	T2AddChannel    JournalAction = 1 << 16
	T2AddBody       JournalAction = 1 << 18
	T2AddTag        JournalAction = 1 << 19
	T2SetCode       JournalAction = 1 << 21
	T2ExtraJournal  JournalAction = 1 << 22
	T3AddDoc        JournalAction = 1 << 25
	StockAddChannel JournalAction = 1 << 26
	StockBumpUpd    JournalAction = 1 << 28
	StockAddTag     JournalAction = 1 << 29
	StockAddName    JournalAction = 1 << 31
)

// MetaAction is a set of bits: what was done to a document.
type MetaAction int64

// Bits of the activities in metadata.
const (
	MetaUnit         MetaAction = 1
	MetaCLI          MetaAction = 2
	MetaExtraMeta    MetaAction = 4
	MetaExtraJournal MetaAction = 8
	MetaSetCode      MetaAction = 16
	MetaSetUnitCode  MetaAction = 32
	MetaIngestTag    MetaAction = 64
	MetaUnitTag      MetaAction = 128
	MetaWorkerTag    MetaAction = 256
	MetaOtherTag     MetaAction = 512
	MetaPullTag      MetaAction = 1024
	MetaAddChannel   MetaAction = 2048
	MetaPullChannel  MetaAction = 4096
	MetaAddBody      MetaAction = 8192
	MetaPullBody     MetaAction = 16384
	MetaResetBody    MetaAction = 32768
	MetaAddT1Excl    MetaAction = 65536
	MetaBumpStockUpd MetaAction = 131072
)
